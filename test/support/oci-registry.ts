import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { tied } from "./tied.ts";
import { temporaryDirectory } from "../temporary-directory.ts";
import { freePorts } from "./ports.ts";

/** Why there can be no real registry here; "" when there can. */
export const noRegistry: string =
  spawnSync("docker-registry", ["--version"], { stdio: "ignore" }).status === 0 ? "" : "docker-registry is not installed";

export interface TestRegistry {
  readonly url: string;
  /** `127.0.0.1:PORT` */
  readonly host: string;
  close(): Promise<void>;
}

async function untilAnswers(url: string, child: ChildProcess): Promise<void> {
  for (const until = Date.now() + 20_000; Date.now() < until; await new Promise((resolve) => setTimeout(resolve, 30))) {
    if (child.exitCode !== null) throw new Error("docker-registry ended at once");
    const answer = await fetch(`${url}/v2/`).catch(() => undefined);
    if (answer) return;
  }
  throw new Error("docker-registry does not answer");
}

/** Debian's docker-registry on the loopback. `settings`: more of its configuration file, e.g. how it authenticates. */
export async function startRegistry(settings: (folder: string) => object = () => ({}), port?: number): Promise<TestRegistry> {
  const folder = await temporaryDirectory();
  const host = `127.0.0.1:${port ?? (await freePorts())}`;
  const file = `${folder.path}/config.yml`;
  const configuration = {
    version: 0.1,
    log: { level: "error", accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: `${folder.path}/data` }, delete: { enabled: true } },
    http: { addr: host },
    ...settings(folder.path),
  };
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(configuration));
  const child = spawn(...tied("docker-registry", "serve", file), { stdio: "ignore", env: { PATH: process.env.PATH } });
  await untilAnswers(`http://${host}`, child);
  return {
    url: `http://${host}`,
    host,
    close: async () => {
      if (child.exitCode === null) {
        child.kill("SIGKILL");
        await once(child, "exit");
      }
      await folder.remove();
    },
  };
}
