import { Fault } from "../../shared/base/fault.ts";
import { version } from "../../shared/contract/version.ts";
import type { Core } from "../../shared/control/core.ts";
import type { BlobStore } from "../../shared/ports/blob-store.ts";
import type { BuildRunner } from "../../shared/ports/build-runner.ts";
import type { Broker } from "../../shared/domain/agent-place.ts";
import type { BuildLimits } from "../../shared/domain/build-limits.ts";
import { type PlatformRegistry, platformRegistryFrom } from "../../shared/domain/image/platform-registry.ts";
import { limitsFrom, quotaWith } from "../../shared/domain/quota.ts";
import type { Connections } from "../../shared/ports/connections.ts";
import type { ImageRegistry } from "../../shared/ports/image-registry.ts";
import type { Notifier } from "../../shared/ports/notifier.ts";
import type { Passwords } from "../../shared/ports/passwords.ts";
import type { Repositories } from "../../shared/ports/repositories.ts";
import type { Secrets } from "../../shared/ports/secrets.ts";
import type { Tokens } from "../../shared/ports/tokens.ts";
import type { Tracer } from "../../shared/ports/tracer.ts";
import { awsDeps } from "./aws-deps.ts";
import { type Proxies, proxiesFrom } from "./client-address.ts";
import { localDeps } from "./local-deps.ts";

export interface Settings {
  /** Where people and programs reach the API, e.g. `http://localhost:7070`. */
  readonly url: string;
  readonly version: string;
  /** Where agents listen; null: at the platform's own WebSocket. */
  readonly broker: Broker | null;
  /** Where images of what is built are kept for data centers that have no registry of their own; null: the platform has none either. */
  readonly registry: PlatformRegistry | null;
  /** What one actor may ask of one process: steadily per second, and at once. */
  readonly requests: { readonly perSecond: number; readonly burst: number };
  readonly proxies: Proxies;
}

/** Everything a function may need, made once per process. Use cases name the part they use. */
export interface Deps extends Core {
  readonly settings: Settings;
  readonly passwords: Passwords;
  readonly tokens: Tokens;
  readonly secrets: Secrets;
  readonly blobs: BlobStore;
  readonly images: ImageRegistry;
  readonly buildRunner: BuildRunner;
  readonly connections: Connections;
  readonly repositories: Repositories;
  readonly notifier: Notifier;
  readonly tracer: Tracer;
  readonly buildLimits: BuildLimits;
}

let current: Deps | undefined;
let provided: Partial<Deps> = {};

/** The composition root: the only place that reads the environment and picks adapters. */
export function deps(): Deps {
  current ??= limited(fromEnvironment(process.env), process.env);
  return current;
}

/** Tests bring everything. */
export function wire(own: Deps): void {
  current = own;
}

/** What only the process that serves can give (its WebSocket connections, its builders); before the first call of `deps`. */
export function provide(parts: Partial<Deps>): void {
  provided = { ...provided, ...parts };
  if (current) current = { ...current, ...parts };
}

function fromEnvironment(env: NodeJS.ProcessEnv): Deps {
  const url = env["PLUVIA_URL"] ?? `http://localhost:${env["PLUVIA_PORT"] ?? "7070"}`;
  const proxies = proxiesFrom(env);
  const registry = platformRegistryFrom(env["PLUVIA_REGISTRY"]);
  switch (env["PLUVIA_ADAPTERS"]) {
    case "local":
      return {
        // A fence against loops gone wild: one machine answers about this many at all.
        settings: { url, version, requests: { perSecond: 1_000, burst: 2_000 }, proxies, registry, broker: null },
        connections: absent("connections"),
        buildRunner: absent("buildRunner"),
        notifier: absent("notifier"),
        images: absent("images"),
        ...localDeps({ home: env["PLUVIA_HOME"] ?? ".pluvia", url, logLevel: env["PLUVIA_LOG"] ?? "info", env }),
        ...provided,
      };
    case "aws":
      // What a person clicks and a program does in a burst; a function's process serves a part of anyone's requests.
      return {
        settings: { url, version, requests: { perSecond: 50, burst: 200 }, proxies, registry, broker: brokerIn(env) },
        ...awsDeps(env),
        ...provided,
      };
    default:
      throw new Fault("internal", "No adapters are chosen.", {
        next: "Set PLUVIA_ADAPTERS to local or aws.",
        detail: { adapters: env["PLUVIA_ADAPTERS"] },
      });
  }
}

/** What the operator sets wins over what is usual where it runs. */
const limited = (all: Deps, env: NodeJS.ProcessEnv): Deps => ({
  ...all,
  quota: quotaWith(all.quota, limitsFrom(env["PLUVIA_LIMITS"] ?? "")),
  buildLimits: { ...all.buildLimits, atOnce: buildersFrom(env["PLUVIA_BUILDS_AT_ONCE"]) ?? all.buildLimits.atOnce },
});

function buildersFrom(text = ""): number | undefined {
  if (text === "") return undefined;
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new Fault("invalid", `PLUVIA_BUILDS_AT_ONCE is ${text}, which is no number of builders.`, {
    next: "Set it to how many builds may run at once, of all teams together, or leave it out.",
    reason: "builders.number",
    params: { text },
  });
}

/** Without an address agents listen at the WebSocket API, which costs more. */
function brokerIn({ PLUVIA_BROKER_URL: url, PLUVIA_BROKER_NAME: name }: NodeJS.ProcessEnv): Broker | null {
  return url && name ? { url, name } : null;
}

/** Any use of a part that nobody provided says so. */
const absent = <T extends object>(name: string): T =>
  new Proxy({} as T, {
    get: () => {
      throw new Fault("internal", "A part of the platform is not wired.", { detail: { part: name } });
    },
  });
