import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { BuildOrder } from "../../shared/contract/agent.ts";
import { type BuildPlatform, buildToken } from "./build-platform.ts";

export const builderFile = join(import.meta.dirname, "../../edge-agents/builder/main.ts");

const tenant = "tnt_0000000000000001" as BuildOrder["tenant"];
let orders = 0;

export const orderFor = (platform: BuildPlatform, given: Partial<BuildOrder> & Pick<BuildOrder, "source">): BuildOrder => ({
  version: 1,
  mode: "build",
  attempt: 1,
  id: `bld_${String(++orders).padStart(16, "0")}` as BuildOrder["id"],
  tenant,
  component: "cmp_0000000000000001" as NonNullable<BuildOrder["component"]>,
  credential: null,
  sourceUrl: null,
  language: null,
  variables: {},
  cloudUrl: platform.url,
  token: buildToken,
  limits: { seconds: 120, logBytes: 1024 * 1024, sourceBytes: 256 * 1024 * 1024, slugBytes: 512 * 1024 * 1024 },
  privateHostsAllowed: ["loopback"],
  ...given,
});

/** Runs the builder as the platform does: a process of its own that is fed an order. */
export const runBuilder = async (
  order: BuildOrder,
  options: { cache: string; environment?: Record<string, string>; user?: number },
): Promise<{ exitCode: number | null; errors: string }> => {
  const child = spawn(process.execPath, ["--no-warnings", builderFile], {
    env: {
      ...process.env,
      NODE_OPTIONS: "",
      NODE_COMPILE_CACHE: join(options.cache, "compiled"),
      PLUVIA_BUILD_CACHE: options.cache,
      PLUVIA_BUILD_HIDDEN: options.cache,
      ...options.environment,
    },
    stdio: ["pipe", "ignore", "pipe"],
    ...(options.user === undefined ? {} : { uid: options.user, gid: options.user }),
  });
  child.stdin?.end(JSON.stringify(order));
  const [errors, [exitCode]] = await Promise.all([text(child.stderr as NodeJS.ReadableStream), once(child, "exit")]);
  return { exitCode: exitCode as number | null, errors };
};
