import type { IncomingMessage, ServerResponse } from "node:http";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Fault, type FaultCode, faultOf, isFault } from "../../../shared/base/fault.ts";
import type { Component } from "../../../shared/contract/component.ts";
import type { ComponentId, TenantId } from "../../../shared/contract/id.ts";
import { git } from "../../../shared/adapters/local/git.ts";
import type { Repositories } from "../../../shared/ports/repositories.ts";
import { clientOf, componentNamed, credentialOf, mayOperate } from "./access.ts";
import { deployingUpdate, deployPush, isOnlyRemoval, keptOnly } from "./after-push.ts";
import { makeDemos } from "./demos.ts";
import { keepAlive, progressLine, type RefUpdate, readPushRequest, speaksSideBand } from "./pkt-line.ts";
import { advertise, exchange, type GitService } from "./smart-http.ts";

export interface GitHostOptions {
  readonly repositories: Repositories & { directory(tenant: TenantId, component: ComponentId): string };
  /** Where the API answers, for calls with the pusher's own credential. Asked when it is needed: the port may be chosen late. */
  readonly apiUrl: () => string;
  /** Folders of the demos that ship with the platform, one each, and where their repositories are made. */
  readonly demos: { readonly source: string; readonly target: string };
}

const pathPattern = /^\/git\/([a-z][a-z0-9-]{0,39})\/([a-z][a-z0-9-]{0,39})\.git\/(info\/refs|git-upload-pack|git-receive-pack)$/;
const keepAliveMs = 10_000;

interface Asked {
  readonly application: string;
  readonly component: string;
  readonly service: GitService;
  readonly advertises: boolean;
}

function askedOf(request: IncomingMessage): Asked | undefined {
  const url = new URL(request.url ?? "/", "http://localhost");
  const [, application, component, action] = pathPattern.exec(url.pathname) ?? [];
  if (!application || !component || !action) return undefined;
  const advertises = action === "info/refs";
  const service = advertises ? url.searchParams.get("service") : action;
  if (service !== "git-upload-pack" && service !== "git-receive-pack") return undefined;
  return request.method === (advertises ? "GET" : "POST") ? { application, component, service, advertises } : undefined;
}

/** The repositories that people push to, and the demos, over git's smart HTTP. See gitprotocol-http(5). */
export function gitHost({ repositories, apiUrl, demos }: GitHostOptions) {
  let made: Promise<readonly string[]> = Promise.resolve([]);

  const serveDemo = (name: string, asked: Asked, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const directory = join(demos.target, `${name}.git`);
    return asked.advertises
      ? advertise(asked.service, directory, request, response)
      : exchange(asked.service, directory, request, response);
  };

  /** Anyone may look at the demos, so whoever names one that is not there is told which there are. */
  const mustBeDemo = async (name: string): Promise<never> => {
    throw new Fault("not_found", `There is no demo ${name}.`, { next: `There are: ${(await made).join(", ") || "none"}.` });
  };
  const isDemo = async ({ application, component, service }: Asked): Promise<boolean> =>
    application === "demos" && service === "git-upload-pack" && (await made).includes(component);

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const asked = askedOf(request);
    if (!asked)
      throw new Fault("not_found", "There is no repository at this address.", {
        next: "A component's repository is /git/<application>/<component>.git.",
      });
    if (await isDemo(asked)) return serveDemo(asked.component, asked, request, response);
    await serveComponent(asked, request, response);
  };

  const serveComponent = async (asked: Asked, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const credential = credentialOf(request);
    if (!credential && asked.application === "demos" && asked.service === "git-upload-pack") return mustBeDemo(asked.component);
    if (!credential) throw new Fault("unauthenticated", "Give an API key as the password; the user name does not matter.");
    const client = clientOf(apiUrl(), credential);
    const component = await componentNamed(client, asked.application, asked.component);
    const pushes = asked.service === "git-receive-pack";
    if (pushes) {
      mustTakePushes(component, asked);
      await mayOperate(client);
    }
    await repositories.ensure(component.tenant, component.id);
    const directory = repositories.directory(component.tenant, component.id);
    if (asked.advertises) return advertise(asked.service, directory, request, response);
    if (!pushes) return exchange(asked.service, directory, request, response);
    await takePush({ client, component, directory, request, response });
  };

  return {
    /** Makes the demos' repositories; requests that come before wait for them. */
    async start(): Promise<void> {
      made = makeDemos(demos.source, demos.target);
      await made;
    },
    serves: (request: IncomingMessage): boolean => (request.url ?? "").startsWith("/git/"),
    async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
      try {
        await answer(request, response);
      } catch (error) {
        refuse(request, response, error);
      }
    },
  };
}

function mustTakePushes({ source }: Component, { application, component }: Asked): void {
  if (source.kind === "push") return;
  throw new Fault(
    "conflict",
    `${application}/${component} is not built from pushes: its source is ${source.kind === "git" ? "another repository" : `an ${source.kind}`}.`,
    {
      next: "Create a component with --push, or change this one's source.",
    },
  );
}

interface Push {
  readonly client: ReturnType<typeof clientOf>;
  readonly component: Component;
  readonly directory: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function takePush({ client, component, directory, request, response }: Push): Promise<void> {
  const reader = readPushRequest();
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  const after = async (send: (bytes: Buffer) => void, exitCode: number): Promise<void> => {
    const asked = reader.request();
    const heard = speaksSideBand(asked);
    const say = (text: string): void => {
      if (heard) send(progressLine(text));
    };
    const update = deployingUpdate(asked.updates);
    if (exitCode !== 0) return;
    if (update && !(await isAt(directory, update))) return; // git refused it and has said why
    if (!update) return isOnlyRemoval(asked.updates) ? undefined : say(keptOnly);
    const alive = setInterval(() => heard && send(keepAlive), keepAliveMs);
    try {
      await deployPush({ client, component, commit: update.to, say, signal: gone.signal });
    } finally {
      clearInterval(alive);
    }
  };
  await exchange("git-receive-pack", directory, request, response, { see: reader.see, after });
}

/** What was just pushed mostly lies in a file of its own; starting git to ask takes longer than all the rest of this. */
const isAt = async (directory: string, { ref, to }: RefUpdate): Promise<boolean> =>
  (await readFile(join(directory, ref), "utf8").catch(() => "")).trim() === to ||
  (await git(["rev-parse", "--verify", "--end-of-options", ref], { env: { GIT_DIR: directory } })).trim() === to;

const statuses: Partial<Record<FaultCode, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  too_large: 413,
  throttled: 429,
  unavailable: 503,
};

/** git shows the body of a refusal to the person when it is plain text. */
function refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  const fault = faultOf(error);
  request.resume();
  if (response.headersSent) {
    response.destroy();
    if (!isFault(error) && (error as NodeJS.ErrnoException).code !== "ERR_STREAM_PREMATURE_CLOSE") throw error;
    return;
  }
  const headers = {
    "content-type": "text/plain; charset=utf-8",
    ...(fault.code === "unauthenticated" && { "www-authenticate": 'Basic realm="Pluvia", charset="UTF-8"' }),
  };
  response.writeHead(statuses[fault.code] ?? 500, headers).end(`${fault.message}${fault.next ? ` ${fault.next}` : ""}\n`);
  if (fault.code === "internal") throw error;
}
