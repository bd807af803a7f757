import { Fault, notFound } from "../base/fault.ts";
import { applicationRecord, componentRecord, operationRecord } from "../../test/support/records.ts";
import { startContractServer } from "../../test/support/contract-server.ts";
import { ApiError } from "./api-error.ts";
import { createClient } from "./client.ts";
import { allOf } from "./pages.ts";

const component = "cmp_0000000000000001";
const now = "2026-11-21T12:00:00.000Z";
type Server = Awaited<ReturnType<typeof startContractServer>>;
let server: Server | undefined;
const start = async (answers: Parameters<typeof startContractServer>[0]): Promise<Server> => {
  const started = await startContractServer(answers);
  server = started;
  return started;
};
afterEach(() => server?.stop());

const failure = async (call: Promise<unknown>): Promise<ApiError> => {
  const error: unknown = await call.then(
    () => undefined,
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(ApiError);
  return error as ApiError;
};

test("an operation is called by its name, with its parameters, query and body, and answers its result", async () => {
  const { url } = await start({
    componentScale: ({ params, body }) => ({
      operation: operationRecord({ kind: "scale", component: params.component }),
      component: componentRecord({ configuration: { ...componentRecord().configuration, replicas: body.replicas } }),
    }),
  });
  const client = createClient({ baseUrl: url, bearer: () => "pluvia_k_secret" });
  const { component: scaled } = await client.componentScale({ params: { component }, body: { replicas: 3 } });
  expect(scaled.configuration.replicas).toBe(3);
  expect(server?.seen[0]?.headers).toMatchObject({ authorization: "Bearer pluvia_k_secret" });
});

test("A8: a refusal carries code, message, next step, fields and request id", async () => {
  const { url } = await start({
    applicationCreate: () => {
      throw new Fault("invalid", "The name is taken.", { next: "Choose another.", fields: [{ path: "name", message: "taken" }] });
    },
  });
  const error = await failure(createClient({ baseUrl: url }).applicationCreate({ body: { name: "shop" } }));
  expect({ ...error, message: error.message }).toMatchObject({
    code: "invalid",
    status: 400,
    message: "The name is taken.",
    next: "Choose another.",
    fields: [{ path: "name", message: "taken" }],
    request: "req_1",
  });
});

test("another tenant's component is refused as not found, once: no retry makes it mine", async () => {
  const { url, seen } = await start({
    componentView: ({ params }) => {
      throw notFound("component", params.component);
    },
  });
  expect(await failure(createClient({ baseUrl: url }).componentView({ params: { component } }))).toMatchObject({
    code: "not_found",
  });
  expect(seen).toHaveLength(1);
});

test("a read is asked again when the connection breaks or the platform is unavailable", async () => {
  let count = 0;
  const { url } = await start({
    healthView: ({ response }) => {
      count += 1;
      if (count === 1) response.destroy();
      if (count === 2) throw new Fault("unavailable", "Starting.");
      return { status: "ok", version: "1", time: now };
    },
  });
  await expect(createClient({ baseUrl: url }).healthView()).resolves.toMatchObject({ status: "ok" });
  expect(count).toBe(3);
});

test("A5: a mutating call is asked again only under the same Idempotency-Key", async () => {
  let count = 0;
  const { url, seen } = await start({
    componentStop: ({ response }) => {
      count += 1;
      if (count === 1) response.destroy();
      return { operation: operationRecord({ kind: "stop" }), component: componentRecord() };
    },
  });
  await createClient({ baseUrl: url }).componentStop({ params: { component }, idempotencyKey: "mine" });
  expect(seen.map((s) => s.headers["idempotency-key"])).toEqual(["mine", "mine"]);
  count = 0;
  await createClient({ baseUrl: url }).componentStop({ params: { component } });
  const [, , third, fourth] = seen.map((s) => s.headers["idempotency-key"]);
  expect(third).toMatch(/^[0-9a-f]{32}$/);
  expect(fourth).toBe(third);
});

test("signing in is never repeated behind the person's back", async () => {
  const { url, seen } = await start({
    sessionCreate: () => {
      throw new Fault("unavailable", "Busy.");
    },
  });
  expect(await failure(createClient({ baseUrl: url }).sessionCreate({ body: { email: "a@b.cd", password: "x" } }))).toMatchObject(
    { code: "unavailable" },
  );
  expect(seen).toHaveLength(1);
});

test("by cookie, a mutating call brings the session's csrf value; a read does not; both name the team", async () => {
  const { url, seen } = await start({
    tenantView: () => ({ id: "tnt_0000000000000001", name: "Team", createdAt: now, generation: 1 }),
    applicationCreate: () => applicationRecord(),
  });
  const client = createClient({ baseUrl: url, csrf: () => "token", team: () => "tnt_0000000000000001" });
  await client.tenantView();
  await client.applicationCreate({ body: { name: "shop" } });
  expect(seen.map((s) => [s.headers["pluvia-csrf"], s.headers["pluvia-team"]])).toEqual([
    [undefined, "tnt_0000000000000001"],
    ["token", "tnt_0000000000000001"],
  ]);
});

test("a listing is walked page by page to its end", async () => {
  const names = ["a", "b", "c", "d", "e"];
  const { url } = await start({
    componentList: ({ query }) => {
      const from = Number(query.page ?? 0);
      const items = names.slice(from, from + 2).map((name) => componentRecord({ name }));
      return from + 2 < names.length ? { items, next: String(from + 2) } : { items };
    },
  });
  const client = createClient({ baseUrl: url });
  const all = await allOf((page) => client.componentList({ query: { page, limit: 2 } }));
  expect(all.map((c) => c.name)).toEqual(names);
});

test("an aborted call ends with the reason it was aborted for", async () => {
  const { url } = await start({ healthView: () => new Promise<never>(() => {}) });
  const abort = new AbortController();
  const call = createClient({ baseUrl: url }).healthView({ signal: abort.signal });
  abort.abort(new Error("enough"));
  await expect(call).rejects.toThrow("enough");
});

test("a platform that is not there is named, with what to check", async () => {
  const { url } = await start({});
  await server?.stop();
  const error = await failure(createClient({ baseUrl: url, attemptsMax: 1 }).healthView());
  expect(error).toMatchObject({ code: "unavailable", status: 0 });
  expect(error.message).toContain(url);
});

test("an answer that is not the platform's is reported by its status", async () => {
  const { url } = await start({
    tenantView: ({ response }) => {
      response.writeHead(403, { "content-type": "text/html" }).end("<h1>proxy</h1>");
      return { id: "tnt_0000000000000001", name: "Team", createdAt: now, generation: 1 };
    },
  });
  expect(await failure(createClient({ baseUrl: url }).tenantView())).toMatchObject({
    code: "forbidden",
    status: 403,
    request: null,
  });
});

test("the types ask for exactly what an operation needs", () => {
  server = undefined;
  const client = createClient({ baseUrl: "" });
  // Never called: these lines must compile, or must not.
  const calls = [
    () => client.healthView(),
    () => client.componentList(),
    () => client.componentConfigure({ params: { component } }),
    () => client.keyCreate({ body: { name: "ci" } }),
    // @ts-expect-error a body that must be given
    () => client.componentScale({ params: { component } }),
    // @ts-expect-error a parameter that must be given
    () => client.componentView(),
    // @ts-expect-error an id of another kind
    () => client.componentView({ params: { component: "app_0000000000000001" } }),
    // @ts-expect-error no such query
    () => client.componentList({ query: { nothing: 1 } }),
  ];
  expect(calls.every((call) => typeof call === "function")).toBe(true);
});
