import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Build } from "../../shared/contract/release.ts";
import { makeRepository, startGitServer } from "../support/git-server.ts";
import { temporaryDirectory } from "../temporary-directory.ts";
import { ended, get, httpPort } from "./journey.ts";
import { newHome, type Platform, removeHome, signUp, startPlatform } from "./platform.ts";
import { eventually } from "../support/eventually.ts";
import { freePorts } from "../support/ports.ts";

test("W6: a build that is interrupted by clean stops of the platform, three times, is built anew each time and succeeds", async () => {
  // The build asks this gate and waits for its answer: so the test knows that it runs, and says when it may end.
  const waiting: ServerResponse[] = [];
  let asked = 0;
  const gate = createServer((_, response) => {
    asked++;
    waiting.push(response);
  });
  gate.listen(0, "127.0.0.1");
  await once(gate, "listening");
  const temporary = await temporaryDirectory();
  const gateUrl = `http://127.0.0.1:${(gate.address() as AddressInfo).port}/`;
  makeRepository(join(temporary.path, "gated"), {
    "package.json": JSON.stringify({ type: "module", scripts: { build: "node build.js", start: "node index.js" } }),
    "build.js": `await (await fetch(${JSON.stringify(gateUrl)})).text();`,
    "index.js": `import { createServer } from "node:http";
createServer((_, response) => response.end("built")).listen(process.env.PORT);`,
  });
  const repositories = await startGitServer(temporary.path);
  const home = await newHome();
  const port = await freePorts();
  let platform: Platform = await startPlatform({ home, port });
  try {
    const { call } = await signUp(platform.url);
    const application = await call<{ id: string }>("POST", "/v1/applications", { name: "gated" });
    const component = await call<{ id: string }>("POST", `/v1/applications/${application.id}/components`, {
      name: "web",
      source: { kind: "git", url: `${repositories.url}/gated/.git` },
      configuration: { ports: [httpPort] },
    });
    const { operation } = await call<{ operation: { id: string } }>("POST", `/v1/components/${component.id}/deploy`, {});
    for (let stop = 1; stop <= 3; stop++) {
      await eventually(`the build asks for the ${stop}. time`, async () => asked === stop);
      expect(await platform.stop()).toBe(0);
      platform = await startPlatform({ home, port });
    }
    await eventually("the build asks once more", async () => asked === 4);
    for (const response of waiting) response.end("go on");
    expect(await ended(call, operation.id)).toMatchObject({ state: "succeeded", failure: null });
    const { items } = await call<{ items: Build[] }>("GET", `/v1/components/${component.id}/builds`);
    expect(items.map((build) => build.state)).toEqual(["succeeded"]);
    const { url } = await call<{ url: string }>("GET", `/v1/components/${component.id}`);
    expect(await get(url)).toEqual({ status: 200, text: "built" });
  } finally {
    await platform.stop();
    await Promise.all([repositories.close(), temporary.remove(), removeHome(home)]);
    gate.closeAllConnections();
    gate.close();
  }
});
