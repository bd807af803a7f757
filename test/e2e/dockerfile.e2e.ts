import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Release } from "../../shared/contract/release.ts";
import { frugalSettings, noImages, removeWithImages, staticProgram } from "../support/container-tools.ts";
import { makeRepository, startGitServer } from "../support/git-server.ts";
import { act, deployed, ended, get } from "./journey.ts";
import { type Platform, signUp, startPlatform } from "./platform.ts";

const why = noImages(["buildah", "podman", "runc", "go"]);

test("C2, P8: a Dockerfile from a Git URL to 200, a variable, a rollback, and gone", async () => {
  if (why !== "") return console.warn(`skipped: ${why}`);
  const folder = mkdtempSync(join(tmpdir(), "pluvia-dockerfile-"));
  const git = await startGitServer(folder);
  const platform: Platform = await startPlatform({ env: { CONTAINERS_CONF: frugalSettings(folder) } });
  try {
    const { call } = await signUp(platform.url);
    makeRepository(join(folder, "web"), {
      Dockerfile: `FROM scratch AS base
COPY --chmod=755 server /server
ARG WORD=unset
RUN ["/server", "write", "made by RUN"]
FROM scratch
COPY --from=base /server /made /
ENV FROM_IMAGE=yes
WORKDIR /somewhere
USER 1234
EXPOSE 8080
ENTRYPOINT ["/server"]
CMD ["serve"]
`,
      server: staticProgram(),
      "package.json": "{}",
    });
    const component = await deployed(call, {
      application: "images",
      name: "web",
      git: `${git.url}/web`,
      variables: { GREETING: "one" },
    });
    expect(component).toMatchObject({ status: "running", release: { number: 1 } });
    const url = String(component.url);
    expect(await get(url)).toEqual({ status: 200, text: "yes|one|1234|/somewhere|made by RUN|serve" });

    await call("PATCH", `/v1/components/${component.id}/variables`, { set: { GREETING: { kind: "plain", value: "two" } } });
    await act(call, component.id, "configure");
    expect((await get(url)).text).toContain("|two|");
    const { items } = await call<{ items: Release[] }>("GET", `/v1/components/${component.id}/releases`);
    expect(items.every((release) => release.artifact.kind === "image" && release.artifact.archive !== undefined)).toBe(true);
    await act(call, component.id, "rollback", { release: items.find((release) => release.number === 1)?.id });
    expect((await get(url)).text).toContain("|one|");

    const { instances } = await act(call, component.id, "scale", { replicas: 2 });
    expect(instances.filter((instance) => instance.state === "ready")).toHaveLength(2);
    const removal = await call<{ id: string }>("DELETE", `/v1/components/${component.id}`);
    expect((await ended(call, removal.id)).state).toBe("succeeded");
    expect((await get(url)).status).toBe(404);
  } finally {
    await platform.stop();
    await git.close();
    removeWithImages(platform.home);
    rmSync(folder, { recursive: true, force: true });
  }
}, 300_000);
