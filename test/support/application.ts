import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Artifact } from "../../shared/contract/release.ts";
import { freePorts } from "./ports.ts";

type Slug = Extract<Artifact, { kind: "slug" }>;

const answered = async (url: string, ended: () => boolean, until: number): Promise<string> => {
  while (Date.now() < until && !ended()) {
    try {
      const response = await fetch(url);
      if (response.status === 200) return await response.text();
    } catch (error) {
      // Not by class: the error comes from outside of the test's realm.
      if ((error as Error).name !== "TypeError") throw error;
    }
    await wait(100);
  }
  throw new Error("it never answered 200");
};

/** Unpacks a slug, starts it as a data center would, and answers what its first page says. */
export const answerOf = async (slug: Slug, bytes: Buffer, options: { folder: string; secondsMax: number }): Promise<string> => {
  const root = join(options.folder, "slug");
  mkdirSync(join(root, "app"), { recursive: true });
  const archive = join(dirname(root), "slug.tar.gz");
  writeFileSync(archive, bytes);
  execFileSync("tar", ["-xzf", archive, "-C", root]);
  const { PATH = "", ...variables } = Object.fromEntries(
    Object.entries(slug.variables).map(([name, value]) => [name, value.replaceAll("{slug}", root)]),
  );
  const port = await freePorts();
  const child = spawn("sh", ["-c", slug.command ?? "exit 1"], {
    cwd: join(root, "app"),
    env: { ...process.env, NODE_OPTIONS: "", ...variables, PATH: `${PATH}:${process.env.PATH ?? ""}`, PORT: String(port) },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const said: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data: Buffer) => said.push(data));
  try {
    return await answered(`http://127.0.0.1:${port}/`, () => child.exitCode !== null, Date.now() + options.secondsMax * 1000);
  } catch (error) {
    throw new Error(`${slug.command}: ${Buffer.concat(said)}`, { cause: error });
  } finally {
    if (child.pid !== undefined && child.exitCode === null) {
      process.kill(-child.pid, "SIGKILL");
      await once(child, "exit");
    }
  }
};
