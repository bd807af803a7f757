import { existsSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join, parse, resolve } from "node:path";
import { otherNames } from "./did-you-mean.ts";
import { LocalError, UsageError } from "./failure.ts";

/** What is remembered of one platform that a person signed in to. */
export interface Platform {
  readonly session?: string;
  readonly email?: string;
  /** Id of the team that `pluvia teams switch` chose. */
  readonly team?: string;
}
export interface Config {
  /** Where the person signed in last. */
  readonly current?: string;
  readonly platforms: Readonly<Record<string, Platform>>;
}
/** pluvia.json, made by `pluvia init`: which component a folder is. */
export interface Project {
  readonly application: string;
  readonly component: string;
  /** The folder pluvia.json is in. */
  readonly folder: string;
}

export const urlDefault = "http://localhost:7070";
export const configPath = (env: NodeJS.ProcessEnv): string =>
  join(env.XDG_CONFIG_HOME || join(homedir(), ".config"), "pluvia", "config.json");

const missing = (error: unknown): boolean => ["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "");

async function readJson(path: string, next: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (missing(error)) return undefined;
    throw error;
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`${path} is not JSON.`, next);
  }
}

export async function readConfig(env: NodeJS.ProcessEnv): Promise<Config> {
  const kept = (await readJson(configPath(env), "Mend it, or remove it and sign in again.")) as Partial<Config> | undefined;
  return { ...(typeof kept?.current === "string" && { current: kept.current }), platforms: kept?.platforms ?? {} };
}

/** With what is missing above it. Node's own goes on for ever where nothing can be made, as in /proc. */
async function makeFolder(folder: string): Promise<void> {
  const make = () => mkdir(folder, { mode: 0o700 });
  try {
    await make();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return;
    if (code !== "ENOENT" || existsSync(dirname(folder))) throw error;
    await makeFolder(dirname(folder));
    await make();
  }
}

/** Only its owner may read it: it holds a session. Replaced whole, so that two commands at once leave one or the other. */
export async function writeConfig(env: NodeJS.ProcessEnv, config: Config): Promise<void> {
  const path = configPath(env);
  const fresh = `${path}.${process.pid}.new`;
  try {
    await makeFolder(dirname(path));
    await writeFile(fresh, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
    await rename(fresh, path);
  } catch (error) {
    throw new LocalError(
      `The configuration cannot be written to ${path}: ${(error as Error).message}.`,
      "Set XDG_CONFIG_HOME to a folder that you may write to, or PLUVIA_API_KEY in place of signing in.",
    );
  }
}

export const withPlatform = (config: Config, url: string, platform: Platform): Config => ({
  ...config,
  platforms: { ...config.platforms, [url]: platform },
});

/** The nearest pluvia.json at or above `folder`. */
export async function readProject(folder: string): Promise<Project | undefined> {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const found = await readJson(join(at, "pluvia.json"), 'Mend it, or run "pluvia init" in its folder again.');
    if (found !== undefined) return projectOf(at, found);
    if (at === parse(at).root) return undefined;
  }
}

function projectOf(folder: string, found: unknown): Project {
  const file = join(folder, "pluvia.json");
  const { application, component, ...others } = { ...(found as Partial<Project> | null) };
  const [odd] = Object.keys(others);
  if (odd !== undefined)
    throw new UsageError(`${file} says "${odd}", which it cannot.`, otherNames(odd, ["application", "component"], ""));
  if (typeof application === "string" && typeof component === "string") return { application, component, folder };
  throw new UsageError(`${file} does not name an application and a component.`, 'Run "pluvia init" again.');
}

/** Which platform: --url, else PLUVIA_URL, else where the person signed in last, else this machine. */
export function urlOf(given: string | undefined, env: NodeJS.ProcessEnv, config: Config): string {
  const url = given ?? (env.PLUVIA_URL || undefined) ?? config.current ?? urlDefault;
  const parsed = URL.parse(url);
  const isOdd = parsed?.username || parsed?.password || parsed?.search || parsed?.hash;
  if (parsed === null || isOdd || !/^https?:$/.test(parsed.protocol))
    throw new UsageError(
      `"${url}" is not the address of a platform.`,
      "Give one such as http://localhost:7070 (--url or PLUVIA_URL).",
    );
  return `${parsed.origin}${parsed.pathname}`.replace(/\/+$/, "");
}
