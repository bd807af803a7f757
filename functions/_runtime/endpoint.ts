import middy from "@middy/core";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import type * as z from "zod";
import { Fault, faultOf, notFound } from "../../shared/base/fault.ts";
import { type ApiOperation, type Audience, operations } from "../../shared/contract/operations.ts";
import type { Caller } from "../../shared/control/change.ts";
import { allowed, allowedNarrowed, keyIsLimited, mayKnow } from "../../shared/domain/authorize.ts";
import { type Answer, answerOf, faultAnswer } from "./answer.ts";
import {
  type AgentCaller,
  agentOf,
  assertOrigin,
  assertOurPage,
  type BuildCaller,
  buildOf,
  type From,
  fromOf,
  type Membership,
  membershipOf,
  type Person,
  personOf,
} from "./caller.ts";
import { type Deps, deps, type Settings } from "./deps.ts";
import { type Asked, type Earlier, idempotencyKeyOf, type Once, once } from "./idempotency.ts";
import { bodyOf, headerOf, paramsOf, queryOf } from "./request.ts";
import { throttle } from "./throttle.ts";

/** Who calls, by the operation's audience. `caller` goes on to `commit`. */
interface Who {
  public: object;
  user: { readonly person: Person; readonly idempotency: Caller["idempotency"] };
  tenant: { readonly caller: Caller; readonly membership: Membership; readonly person: Person | undefined };
  agent: { readonly agent: AgentCaller };
  build: { readonly build: BuildCaller };
}
export type Call<O extends ApiOperation> = {
  readonly params: z.infer<O["params"]>;
  readonly query: z.infer<O["query"]>;
  readonly body: z.infer<O["body"]>;
  readonly from: From;
  readonly header: (name: string) => string | undefined;
  readonly deps: Deps;
} & Who[O["audience"]];

/** A result with cookies to set. */
export class WithCookies<R> {
  readonly result: R;
  readonly cookies: readonly string[];
  constructor(result: R, cookies: readonly string[]) {
    this.result = result;
    this.cookies = cookies;
  }
}
/** Use cases may answer what nobody is to change. */
type Frozen<T> = unknown extends T
  ? T
  : T extends string | number | boolean | null | undefined
    ? T
    : T extends readonly (infer I)[]
      ? readonly Frozen<I>[]
      : { readonly [K in keyof T]: Frozen<T[K]> };
type ResultOf<O extends ApiOperation> = Frozen<z.infer<O["result"]>>;
type Use<O extends ApiOperation> = (call: Call<O>) => Promise<ResultOf<O> | WithCookies<ResultOf<O>>>;

const names = new Map<ApiOperation, string>(Object.entries(operations).map(([name, operation]) => [operation, name]));
const limits = new WeakMap<Settings, ReturnType<typeof throttle>>();
function limit({ settings, clock }: Deps, name: string): void {
  const known = limits.get(settings) ?? throttle({ ...settings.requests, namesMax: 10_000 });
  limits.set(settings, known);
  known(name, clock.now().getTime());
}

/**
 * authenticate → throttle → authorize → parse → once → call → parse the result → answer. No handler file repeats any of it.
 * Refusals come in that order, so that nobody learns of a thing's shape before they may see it.
 */
export function endpoint<const O extends ApiOperation>(operation: O, call: Use<O>) {
  const run = async (event: APIGatewayProxyEventV2): Promise<Answer> => {
    const all = deps();
    const request = event.requestContext.requestId;
    try {
      return await answer(all, operation, call as unknown as Use<ApiOperation>, event);
    } catch (error) {
      return faultAnswer(request, logged(all, { request, operation: names.get(operation), error }));
    }
  };
  return Object.assign(middy<APIGatewayProxyEventV2, Answer>().handler(run), { operation: operation as ApiOperation });
}

function logged(all: Deps, fields: { request: string; operation: string | undefined; error: unknown }): Fault {
  const fault = faultOf(fields.error);
  const more = { request: fields.request, operation: fields.operation, code: fault.code, detail: fault.detail };
  if (fault.code === "internal") all.log.error({ ...more, error: fault.cause ?? fields.error }, fault.message);
  else all.log.debug(more, fault.message);
  return fault;
}

async function answer(
  all: Deps,
  operation: ApiOperation,
  call: Use<ApiOperation>,
  event: APIGatewayProxyEventV2,
): Promise<Answer> {
  const who = await identify(all, operation, event);
  limit(all, who.name);
  authorize(operation, who);
  const input = { params: paramsOf(operation, event), query: queryOf(operation, event), body: bodyOf(operation, event) };
  if (operation.audience === "build" && who.given.build.build !== (input.params as { build?: string }).build)
    throw notFound("build", String((input.params as { build?: string }).build));
  const repeat = await repeatOf(all, operation, { event, who, input });
  const act = () => call({ ...input, ...given(operation, event, who, repeat), deps: all } as unknown as Call<ApiOperation>);
  const { result, cookies, replayed } = await doOnce(repeat, act);
  const answered = answerOf(event.requestContext.requestId, operation.status, parseResult(operation, result));
  if (cookies.length > 0) answered.cookies = [...cookies];
  if (replayed) answered.headers["idempotency-replayed"] = "true";
  return answered;
}

interface Identified {
  /** For throttling. */
  readonly name: string;
  /** Owner and actor of idempotency rows; none for those whose requests carry a sequence of their own. */
  readonly repeats?: { readonly owner: string; readonly actor: string };
  readonly membership?: Membership;
  readonly given: { person?: Person; membership?: Membership; agent?: AgentCaller; build: BuildCaller };
}

async function identify(all: Deps, operation: ApiOperation, event: APIGatewayProxyEventV2): Promise<Identified> {
  const none = { build: { build: "", tenant: "" as BuildCaller["tenant"] } };
  const mutates = operation.method !== "get";
  switch (operation.audience) {
    case "public":
      if (mutates && headerOf(event, "authorization") === undefined) assertOrigin(all, event);
      return { name: `address ${fromOf(event).address}`, given: none };
    case "user": {
      const person = await personOf(all, event);
      if (mutates && person.byCookie) assertOurPage(all, event, person);
      const repeats = { owner: `user#${person.user.id}`, actor: person.user.id };
      return { name: person.user.id, repeats, given: { ...none, person } };
    }
    case "tenant": {
      const membership = await membershipOf(all, event, headerOf(event, "pluvia-team"));
      const { person } = membership;
      if (mutates && person?.byCookie) assertOurPage(all, event, person);
      const repeats = { owner: `tenant#${membership.tenant}`, actor: membership.actor.id };
      return { name: membership.actor.id, repeats, membership, given: { ...none, membership, ...(person && { person }) } };
    }
    case "agent": {
      const agent = await agentOf(all, event);
      return { name: agent.id, given: { ...none, agent } };
    }
    case "build": {
      const build = await buildOf(all, event);
      return { name: build.build, given: { build } };
    }
  }
}

/** 403 to those who may know that such things exist, 404 to everyone else. */
function authorize(operation: ApiOperation, { membership }: Identified): void {
  const { action } = operation;
  if (!membership || action === undefined) return;
  const narrowed = membership.applications !== null;
  if (allowed(membership.role, action) && (!narrowed || allowedNarrowed(action))) return;
  if (!mayKnow(membership.role, action))
    throw new Fault("not_found", "There is nothing here.", { next: "Check the path and your role in the team." });
  if (narrowed && allowed(membership.role, action)) throw keyIsLimited();
  throw new Fault("forbidden", `The role ${membership.role} may not do this (${action}).`, {
    next: "Ask an owner of the team to do it, or to change your role.",
  });
}

interface Asking {
  readonly event: APIGatewayProxyEventV2;
  readonly who: Identified;
  readonly input: Pick<Asked, "params" | "query" | "body">;
}
async function repeatOf(all: Deps, operation: ApiOperation, { event, who, input }: Asking): Promise<Once | undefined> {
  if (operation.method === "get" || !who.repeats) return undefined;
  const key = idempotencyKeyOf(headerOf(event, "idempotency-key"));
  if (key === undefined) return undefined;
  return once(all, { ...who.repeats, ...input, key, operation: names.get(operation) ?? operation.path }, operation.result);
}

/** What the use case gets besides its input, by audience. */
function given(operation: ApiOperation, event: APIGatewayProxyEventV2, who: Identified, repeat: Once | undefined): object {
  const from = fromOf(event);
  const header = (name: string) => headerOf(event, name);
  const idempotency = repeat?.write ?? null;
  const { membership, person, agent, build } = who.given;
  const by: Record<Audience, () => object> = {
    public: () => ({}),
    user: () => ({ person, idempotency }),
    tenant: () => ({
      caller: { ...pick(membership), from, operation: names.get(operation), idempotency },
      membership,
      person,
    }),
    agent: () => ({ agent }),
    build: () => ({ build }),
  };
  return { from, header, ...by[operation.audience]() };
}
const pick = (m: Membership | undefined) => m && { tenant: m.tenant, actor: m.actor, applications: m.applications };

interface Done {
  readonly result: unknown;
  readonly cookies: readonly string[];
  readonly replayed: boolean;
}
async function doOnce(repeat: Once | undefined, act: () => Promise<unknown>): Promise<Done> {
  const replay = (earlier: Earlier): Done => ({ result: earlier.result, cookies: [], replayed: true });
  const earlier = await repeat?.earlier();
  if (earlier) return replay(earlier);
  try {
    const got = await act();
    const done =
      got instanceof WithCookies ? { result: got.result as unknown, cookies: got.cookies } : { result: got, cookies: [] };
    const other = await repeat?.finish(done.result);
    return other ? replay(other) : { ...done, replayed: false };
  } catch (error) {
    // It may have failed because the same request, sent twice, was done by the other one meanwhile.
    const other = await repeat?.earlier();
    if (other) return replay(other);
    throw error;
  }
}

function parseResult(operation: ApiOperation, result: unknown): unknown {
  const parsed = operation.result.safeParse(result);
  if (parsed.success) return parsed.data;
  throw new Fault("internal", "Our own answer has a wrong shape.", { cause: parsed.error });
}
