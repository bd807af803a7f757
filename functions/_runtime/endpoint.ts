import middy from "@middy/core";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import type * as z from "zod";
import { Fault, faultOf, notFound } from "../../shared/base/fault.ts";
import type { ApiOperation } from "../../shared/contract/api-operation.ts";
import type { TenantId } from "../../shared/contract/id.ts";
import { operations } from "../../shared/contract/operations.ts";
import { forTeam } from "../../shared/control/tenant-scope.ts";
import type { Table } from "../../shared/ports/table.ts";
import { type Answer, answerOf, faultAnswer, textAnswer } from "./answer.ts";
import { type From, fromOf } from "./caller.ts";
import { type Deps, deps, type Settings } from "./deps.ts";
import { headerOf } from "./headers.ts";
import { type Asked, type Earlier, idempotencyKeyOf, type Once, once } from "./idempotency.ts";
import { authorize, type Identified, identify, type Who } from "./identify.ts";
import { type Known, observed } from "./observed.ts";
import { type ReadAhead, readAheadOf } from "./read-ahead.ts";
import { bodyOf, paramsOf, queryOf } from "./request.ts";
import { gathering, remembering } from "./request-table.ts";
import { openedPage, signedNext } from "./signed-pages.ts";
import { teamRate } from "./team-rate.ts";
import { throttle } from "./throttle.ts";

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

interface Endpoint {
  readonly name: string;
  readonly operation: ApiOperation;
  readonly call: (input: unknown) => Promise<unknown>;
  readonly readAhead: ReadAhead<ApiOperation> | undefined;
}

/**
 * authenticate → throttle → authorize → parse → once → call → parse the result → answer. No handler file repeats any of it.
 * Refusals come in that order, so that nobody learns of a thing's shape before they may see it. `readAhead` starts reads that the call
 * will make, as soon as the team is known.
 */
export function endpoint<const O extends ApiOperation>(operation: O, call: Use<O>, readAhead?: ReadAhead<O>) {
  const name = names.get(operation) ?? operation.path;
  const own: Endpoint = {
    name,
    operation,
    call: (input) => call(input as Call<O>),
    readAhead: readAhead as Endpoint["readAhead"],
  };
  const run = async (event: APIGatewayProxyEventV2): Promise<Answer> => {
    const request = event.requestContext.requestId;
    const doing = { kind: "request", name, request, fields: { request }, parent: headerOf(event, "traceparent") } as const;
    return observed(deps(), doing, async (told, known) => {
      const all = forRequest(told, operation);
      try {
        return await answer(all, own, event, known);
      } catch (error) {
        const fault = logged(all, error);
        known.failure = fault.code;
        return faultAnswer(request, fault);
      }
    });
  };
  return Object.assign(middy<APIGatewayProxyEventV2, Answer>().handler(run), { operation: operation as ApiOperation });
}

/** Each table that a request uses, its own and its team's, gathers what is read in one turn. */
function forRequest(all: Deps, { method }: ApiOperation): Deps {
  const seen = (table: Table): Table => (method === "get" ? remembering(gathering(table)) : gathering(table));
  const own = seen(all.table);
  const teams = new Map<TenantId, Table>();
  const tableFor = (_own: Table, tenant: TenantId): Table => {
    const team = all.tableFor(all.table, tenant);
    const table = teams.get(tenant) ?? (team === all.table ? own : seen(team));
    teams.set(tenant, table);
    return table;
  };
  return { ...all, table: own, tableFor };
}

function logged(all: Deps, error: unknown): Fault {
  const fault = faultOf(error);
  const more = { code: fault.code, detail: fault.detail };
  if (fault.code === "internal") all.log.error({ ...more, error: fault.cause ?? error }, fault.message);
  else all.log.debug(more, fault.message);
  return fault;
}

async function answer(all: Deps, own: Endpoint, event: APIGatewayProxyEventV2, known: Known): Promise<Answer> {
  const { name, operation, call, readAhead } = own;
  const identified = await identify(all, {
    name,
    operation,
    event,
    readAhead: readAheadOf(all, { operation, event, readAhead }),
  });
  const tenant = identified.membership?.tenant ?? identified.build?.tenant;
  known.tenant = tenant;
  const acting = tenant === undefined ? all : forTeam(all, tenant);
  const drawing = await limited(acting, identified);
  authorize(operation, identified);
  const asked = { params: paramsOf(operation, event), query: queryOf(operation, event), body: bodyOf(operation, event) };
  const listing = { operation: name, owner: tenant ?? identified.counted ?? "" };
  const input = { ...asked, query: await openedPage(all, listing, asked.query) };
  assertOwnBuild(identified, input.params);
  const repeat = await repeatOf(acting, { event, identified, name, operation, input });
  const header = (header: string) => headerOf(event, header);
  const told = { ...input, ...identified.who(repeat?.write ?? null), from: fromOf(all, event), header, deps: acting };
  const { result, cookies, replayed } = await doOnce(repeat, () => call(told));
  const parsed = parseResult(operation, await signedNext(all, listing, result));
  known.operationId = operationIn(parsed);
  await Promise.all(drawing);
  const { requestId } = event.requestContext;
  if (operation.media) return textAnswer(requestId, operation.media, String(parsed));
  const answered = answerOf(requestId, operation.status, parsed);
  if (cookies.length > 0) answered.cookies = [...cookies];
  if (replayed) answered.headers["idempotency-replayed"] = "true";
  return answered;
}

const limits = new WeakMap<Settings, { readonly one: ReturnType<typeof throttle>; readonly team: ReturnType<typeof teamRate> }>();
/** Whoever calls by itself, then its team with all others of it. Answers what is to be awaited before the answer. @throws Fault `throttled`. */
async function limited(all: Deps, { counted, membership }: Identified): Promise<readonly Promise<void>[]> {
  const { settings, clock } = all;
  const known = limits.get(settings) ?? { one: throttle({ ...settings.requests, namesMax: 10_000 }), team: teamRate() };
  limits.set(settings, known);
  if (counted !== undefined) known.one(counted, clock.now().getTime());
  return membership ? known.team(all, membership.tenant) : [];
}

/** A builder's token is good for its own build; any other is not there for it. */
function assertOwnBuild({ build }: Identified, params: object): void {
  const named = "build" in params ? params.build : undefined;
  if (build && build.build !== named) throw notFound("build", String(named));
}

interface Asking {
  readonly event: APIGatewayProxyEventV2;
  readonly identified: Identified;
  readonly name: string;
  readonly operation: ApiOperation;
  readonly input: Pick<Asked, "params" | "query" | "body">;
}
async function repeatOf(all: Deps, { event, identified, name, operation, input }: Asking): Promise<Once | undefined> {
  if (operation.method === "get" || !identified.repeats) return undefined;
  const key = idempotencyKeyOf(headerOf(event, "idempotency-key"));
  return key === undefined ? undefined : once(all, { ...identified.repeats, ...input, key, operation: name }, operation.result);
}

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

/** Of the operation that a result tells of, if it does. */
const operationIn = (result: unknown): string | undefined =>
  (result as { operation?: { id?: string } | null } | undefined)?.operation?.id;

function parseResult(operation: ApiOperation, result: unknown): unknown {
  const parsed = operation.result.safeParse(result);
  if (parsed.success) return parsed.data;
  throw new Fault("internal", "Our own answer has a wrong shape.", { cause: parsed.error });
}
