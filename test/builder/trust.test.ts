import { execFile, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import type { BuildContext } from "../../edge-agents/builder/context.ts";
import { stepEnvironment, workspaceIn } from "../../edge-agents/builder/environment.ts";
import { trustFor } from "../../edge-agents/builder/trust.ts";
import { type BuilderWorld, startBuilderWorld } from "../support/builder-world.ts";
import { makeRepository, startGitServer, writeFiles } from "../support/git-server.ts";
import { type PrivateAuthority, privateAuthority } from "../support/private-authority.ts";

const run = promisify(execFile);
const isThere = (program: string, version = "--version"): boolean => spawnSync(program, [version]).status === 0;
const withOpenssl = isThere("openssl", "version") ? describe : describe.skip;

withOpenssl("C6: an authority of a company's own", () => {
  let world: BuilderWorld;
  let authority: PrivateAuthority;
  let server: Server;
  let url: string;
  beforeAll(async () => {
    world = await startBuilderWorld();
    authority = privateAuthority(world.folder);
    server = createServer(authority.identityFor("localhost"), (_, response) => response.end("trusted"));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    url = `https://localhost:${(server.address() as AddressInfo).port}/`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await world.close();
  });
  const given = () => ({ NODE_EXTRA_CA_CERTS: authority.file, PLUVIA_BUILD_TRUST: join(world.folder, "trust") });

  const java = `import java.net.*;
public class Ask {
  public static void main(String[] words) throws Exception {
    System.out.println(new String(new URL(words[0]).openStream().readAllBytes()));
  }
}`;
  const programs: Readonly<Record<string, readonly string[]>> = {
    node: [process.execPath, "-e", "fetch(process.argv[1]).then((a) => a.text()).then(console.log)"],
    curl: ["curl", "--silent", "--show-error"],
    python3: ["python3", "-c", "import sys, urllib.request as r; print(r.urlopen(sys.argv[1]).read().decode())"],
    ruby: ["ruby", "-ropen-uri", "-e", "puts URI.open(ARGV[0]).read"],
    php: ["php", "-r", "echo file_get_contents($argv[1]) ?: exit(1);"],
    java: ["java", "Ask.java"],
  };
  for (const [name, words] of Object.entries(programs))
    (isThere(words[0] ?? "") ? test : test.skip)(`is trusted by ${name}, which without does not`, async () => {
      const [program = "", ...rest] = words;
      writeFiles(world.folder, { "Ask.java": java });
      const ask = (more: object) => run(program, [...rest, url], { cwd: world.folder, env: { PATH: process.env.PATH, ...more } });
      await expect(ask({})).rejects.toThrow();
      expect((await ask({ ...given(), ...trustFor(given()) })).stdout).toContain("trusted");
    });

  (isThere("keytool", "-help") ? test : test.skip)(
    "stands for Java in a whole store beside all that the system trusts",
    async () => {
      const { JAVA_TOOL_OPTIONS = "", SSL_CERT_FILE = "" } = trustFor(given());
      const [, store = ""] = /trustStore=(\S+)/.exec(JAVA_TOOL_OPTIONS) ?? [];
      const listed = await run("keytool", ["-list", "-storetype", "JKS", "-keystore", store, "-storepass", "changeit"]);
      const counted = spawnSync("grep", ["-c", "BEGIN CERTIFICATE", SSL_CERT_FILE], { encoding: "utf8" });
      expect(listed.stdout).toContain(`contains ${Number(counted.stdout)} entries`);
      expect(Number(counted.stdout)).toBeGreaterThan(100);
    },
  );

  test("a source is fetched from its server, and a step fetches what it needs", async () => {
    const repositories = join(world.folder, "private");
    const script = `fetch("${url}").then((a) => a.text()).then((text) => console.log("It is", text))`;
    makeRepository(join(repositories, "app.git"), {
      "package.json": JSON.stringify({ name: "app", scripts: { build: "node build.mjs", start: "node build.mjs" } }),
      "build.mjs": script,
    });
    const git = await startGitServer(repositories, { identity: authority.identityFor("localhost") });
    const source = { kind: "git", url: `${git.url}/app.git` } as const;
    const refused = await world.build(source);
    expect(refused.result).toMatchObject({ state: "failed" });
    expect(JSON.stringify(refused.result)).toMatch(/certificate/);
    const built = await world.build(source, {}, given());
    expect([built.result, built.log]).toMatchObject([{ state: "succeeded" }, expect.stringContaining("It is trusted")]);
    await git.close();
  });

  test("is trusted by the build of a component that has options of Java's own, too", () => {
    const context = { order: { variables: { JAVA_TOOL_OPTIONS: "-Xmx64m" } }, tools: { path: "/usr/bin" } };
    const before = process.env["JAVA_TOOL_OPTIONS"];
    process.env["JAVA_TOOL_OPTIONS"] = "-Da=b";
    const seen = stepEnvironment(context as unknown as BuildContext, workspaceIn("/root", "/cache"), { name: "build", argv: [] });
    if (before === undefined) delete process.env["JAVA_TOOL_OPTIONS"];
    else process.env["JAVA_TOOL_OPTIONS"] = before;
    expect(seen["JAVA_TOOL_OPTIONS"]).toBe("-Da=b -Xmx64m");
  });
});
