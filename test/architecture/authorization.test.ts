import { beforeAll, describe, expect, test } from "@jest/globals";
import type { ApiOperation } from "../../shared/contract/api-operation.ts";
import { ErrorBody } from "../../shared/contract/error-body.ts";
import type { OperationName } from "../../shared/contract/operations.ts";
import { type Actor, type Called, idsOf, type Matrix, makeMatrix, table } from "../api/matrix.ts";
import { canary } from "../api/canary.ts";
import { expectGolden } from "../support/golden.ts";
import { randomFrom } from "../support/random.ts";

/*
 * A6: every operation is really called by everyone who might call it. The golden file shows all answers at a glance; the rules
 * below judge them without looking at the table that the code decides by.
 */
interface Cell {
  readonly name: OperationName;
  readonly operation: ApiOperation;
  readonly actor: string;
  readonly status: number;
  readonly text: string;
  /** The request names something of the team. */
  readonly naming: boolean;
  readonly failed: boolean;
  /** Partitions of the table that were read or written. */
  readonly touched: readonly string[];
  readonly audited: readonly { readonly operation: string; readonly tenant: string }[];
  /** Where the planted secret was seen. */
  readonly leaked: readonly string[];
}
let matrix: Matrix;
let cells: readonly Cell[];

beforeAll(async () => {
  matrix = await makeMatrix();
  const made: Cell[] = [];
  for (const [name, operation] of table) for (const actor of matrix.actors) made.push(await cellOf(name, operation, actor));
  cells = made;
}, 120_000);

async function cellOf(name: OperationName, operation: ApiOperation, actor: Actor): Promise<Cell> {
  const sample = matrix.sampleFor(name, actor);
  const { got, before, after, touched, logged } = await matrix.call(name, actor);
  const fresh = [...after].filter(([key, row]) => before.get(key)?.generation !== row.generation).map(([, row]) => row);
  const asked = JSON.stringify({ ...sample.params, ...(typeof sample.body === "object" ? sample.body : {}) });
  const text = JSON.stringify(got.body ?? null);
  const places = { answer: text, rows: JSON.stringify(fresh), log: JSON.stringify(logged) };
  return {
    name,
    operation,
    actor: actor.name,
    status: got.status,
    text,
    naming: idsOf(matrix.home).some((id) => asked.includes(id)),
    failed: got.status >= 500,
    touched,
    audited: fresh.filter((row) => row.sk.startsWith("audit#")).map((row) => row.value as never),
    // An agent must have them to run the components, a builder to build them: that is what their own tokens are for.
    leaked: Object.entries(name === "agentDesired" || name === "buildOrder" ? { ...places, answer: "" } : places).flatMap(
      ([place, content]) => (content.includes(canary) ? [place] : []),
    ),
  };
}

/** The cells that break a rule, so that a failure names them. */
const wrong = (which: (cell: Cell) => boolean, holds: (cell: Cell) => boolean): string[] =>
  cells.filter((cell) => which(cell) && !holds(cell)).map((c) => `${c.name} by ${c.actor}: ${c.status} ${c.text.slice(0, 200)}`);
const by =
  (...actors: string[]) =>
  (cell: Cell) =>
    actors.includes(cell.actor);
const ok = ({ status }: Cell) => status >= 200 && status < 300;
const reads = ({ operation }: Cell) => operation.method === "get";
const audience = (cell: Cell, ...kinds: string[]) => kinds.includes(cell.operation.audience);

test("the matrix is what we last agreed it is", async () => {
  const actors = matrix.actors.map((a) => a.name);
  const letters = actors.map((_, at) => String.fromCharCode(65 + at));
  const width = Math.max(...table.map(([name]) => name.length));
  const legend = actors.map((name, at) => `${letters[at]}  ${name}`);
  const head = `${"".padEnd(width)} ${letters.map((l) => l.padEnd(3)).join(" ")}`.trimEnd();
  const rows = table.map(([name]) => {
    const codes = cells.filter((cell) => cell.name === name).map((cell) => cell.status);
    return `${name.padEnd(width)} ${codes.join(" ")}`;
  });
  await expectGolden("test/golden/authorization.txt", `${[...legend, "", head, ...rows].join("\n")}\n`);
});

describe("A6: the rules, whatever the golden file says", () => {
  test("nobody meets a failure of our own", () => {
    expect(
      wrong(
        () => true,
        (cell) => !cell.failed,
      ),
    ).toEqual([]);
  });
  test("A8: every refusal says what and why, and what to do next, in sentences", () => {
    const refused = ({ status }: Cell) => status >= 400;
    const sentence = /^[A-Z].{8,}\.$/s;
    const isSaid = ({ text }: Cell) => {
      const { error } = ErrorBody.parse(JSON.parse(text));
      return sentence.test(error.message) && sentence.test(error.next) && error.request !== "";
    };
    expect(wrong(refused, isSaid)).toEqual([]);
  });
  test("public operations answer everyone", () => {
    expect(wrong((cell) => audience(cell, "public"), ok)).toEqual([]);
  });
  test("401: no credential, a garbage one, an expired key, a revoked key, a revoked agent, a token for something else", () => {
    const dead = by("anonymous", "garbage", "key expired", "key revoked", "agent revoked", "stream ticket");
    expect(
      wrong(
        (cell) => dead(cell) && !audience(cell, "public"),
        ({ status }) => status === 401,
      ),
    ).toEqual([]);
  });
  test("what concerns a person is done by any person, and by no key", () => {
    const people = by("owner", "developer", "viewer", "removed", "foreign", "foreign naming the team");
    expect(wrong((cell) => audience(cell, "user") && people(cell), ok)).toEqual([]);
    const isKey = (cell: Cell) => /^(key|foreign key)/.test(cell.actor) && !by("key expired", "key revoked")(cell);
    expect(
      wrong(
        (cell) => audience(cell, "user") && isKey(cell),
        ({ status }) => status === 403,
      ),
    ).toEqual([]);
  });
  test("an owner may do everything in the team, by session and, but for leaving it, by key", () => {
    expect(wrong((cell) => audience(cell, "tenant") && by("owner")(cell), ok)).toEqual([]);
    const key = (cell: Cell) => by("key owner")(cell) && cell.name !== "teamLeave";
    expect(wrong((cell) => audience(cell, "tenant") && key(cell), ok)).toEqual([]);
  });
  test("a developer may do everything but manage the team, its members and its data centers", () => {
    const managesTeam = ["tenantUpdate", "memberUpdate", "memberRemove", "invitationCreate", "invitationRemove"];
    const managing = [...managesTeam, ...table.filter(([, o]) => o.action === "dataCenter.manage").map(([name]) => name)];
    const developers = (cell: Cell) => audience(cell, "tenant") && by("developer", "key developer")(cell);
    const manages = (cell: Cell) => managing.includes(cell.name) || (cell.name === "teamLeave" && cell.actor === "key developer");
    expect(
      wrong(
        (cell) => developers(cell) && manages(cell),
        ({ status }) => status === 403,
      ),
    ).toEqual([]);
    expect(wrong((cell) => developers(cell) && !manages(cell), ok)).toEqual([]);
  });
  test("a viewer changes nothing, and sees neither keys nor the audit log", () => {
    const viewers = (cell: Cell) => audience(cell, "tenant") && by("viewer", "key viewer")(cell);
    const harmless = ["componentPlan", "dataCenterPlan", "ticketCreate"];
    const hidden = ["keyList", "auditList"];
    const mayDo = (cell: Cell) =>
      harmless.includes(cell.name) ||
      (cell.name === "teamLeave" && cell.actor === "viewer") ||
      (reads(cell) && !hidden.includes(cell.name));
    expect(wrong((cell) => viewers(cell) && mayDo(cell), ok)).toEqual([]);
    expect(
      wrong(
        (cell) => viewers(cell) && !mayDo(cell),
        ({ status }) => status === 403 || status === 404,
      ),
    ).toEqual([]);
  });
  test("404: the team is not there for who was removed from it or never was in it", () => {
    const outside = by("removed", "foreign naming the team");
    expect(
      wrong(
        (cell) => audience(cell, "tenant") && outside(cell),
        ({ status }) => status === 404,
      ),
    ).toEqual([]);
  });
  test("another team's owner reaches nothing by its id, and is told nothing of it", () => {
    const foreign = (cell: Cell) => audience(cell, "tenant") && by("foreign", "foreign key")(cell);
    const refused = ({ status }: Cell) => status === 404 || status === 400;
    expect(wrong((cell) => foreign(cell) && cell.naming, refused)).toEqual([]);
    expect(
      wrong(
        (cell) => foreign(cell) && Object.keys(cell.operation.params.shape).length > 0 && cell.naming,
        ({ status }) => status === 404,
      ),
    ).toEqual([]);
    const silent = ({ text, status }: Cell) =>
      status >= 400 || ![...idsOf(matrix.home), "-home"].some((word) => text.includes(word));
    expect(wrong(foreign, silent)).toEqual([]);
  });
  test("no request for one team reads or writes a row of another", () => {
    const own = (cell: Cell) => audience(cell, "tenant") && !by("foreign naming the team", "removed")(cell);
    const isForeign = by("foreign", "foreign key");
    const other = (cell: Cell) => (isForeign(cell) ? matrix.home.team : matrix.foreign.team);
    expect(wrong(own, (cell) => !cell.touched.some((pk) => pk.includes(other(cell))))).toEqual([]);
  });
  test("a key limited to an application does there what its role may, and nothing that concerns the team", () => {
    const wide = ["team.manage", "member.view", "member.manage", "key.view", "key.manage", "audit.view", "dataCenter.manage"];
    const key = (cell: Cell) => audience(cell, "tenant") && by("key for it")(cell);
    const concernsTeam = (cell: Cell) =>
      wide.includes(cell.operation.action ?? "") || ["teamLeave", "applicationCreate"].includes(cell.name);
    expect(
      wrong(
        (cell) => key(cell) && concernsTeam(cell),
        ({ status }) => status === 403 || status === 404,
      ),
    ).toEqual([]);
    expect(wrong((cell) => key(cell) && !concernsTeam(cell), ok)).toEqual([]);
  });
  test("for a key limited to another application, this one and all in it are not there", () => {
    const key = (cell: Cell) => audience(cell, "tenant") && by("key for another")(cell);
    const within = (cell: Cell) =>
      ["application", "component", "build", "operation"].some((name) => name in cell.operation.params.shape);
    expect(
      wrong(
        (cell) => key(cell) && within(cell),
        ({ status }) => status === 404,
      ),
    ).toEqual([]);
    const { application, component, stopped } = matrix.home;
    const silent = ({ text }: Cell) => ![application, component, stopped].some((id) => text.includes(id));
    expect(wrong((cell) => key(cell) && !within(cell), silent)).toEqual([]);
  });
  test("agents and builders do their own work and nothing else; a builder only that of its own build", () => {
    const machine = by("agent", "builder", "foreign builder");
    const own = (cell: Cell) => cell.operation.audience === { agent: "agent", builder: "build" }[cell.actor];
    expect(wrong((cell) => machine(cell) && own(cell), ok)).toEqual([]);
    const other = (cell: Cell) => cell.operation.audience === "build" && cell.actor === "foreign builder";
    expect(wrong(other, ({ status }) => status === 404)).toEqual([]);
    const not = (cell: Cell) => machine(cell) && !own(cell) && !other(cell) && !audience(cell, "public");
    expect(wrong(not, ({ status }) => status === 401)).toEqual([]);
    const people = (cell: Cell) => audience(cell, "agent", "build") && !machine(cell);
    expect(wrong(people, ({ status }) => status === 401)).toEqual([]);
  });
});

describe("A9: what is done is told, and secrets never are", () => {
  /** Takes a body to say what to show, and changes nothing. */
  const shows = ({ name }: Cell) => name.endsWith("Plan") || name === "ticketCreate";
  test("every change in a team leaves exactly one audit entry, under its operation's name", () => {
    const changes = (cell: Cell) => audience(cell, "tenant") && !reads(cell) && ok(cell) && !shows(cell);
    // Of an application, each component removed with it has its own.
    const entries = ({ name }: Cell) => (name === "applicationRemove" ? 3 : 1);
    const one = (cell: Cell) => cell.audited.length === entries(cell) && cell.audited.every((a) => a.operation === cell.name);
    expect(wrong(changes, one)).toEqual([]);
  });
  test("what is refused, or changes nothing, leaves none", () => {
    const quiet = (cell: Cell) => !ok(cell) || reads(cell) || shows(cell);
    expect(wrong(quiet, ({ audited }) => audited.length === 0)).toEqual([]);
  });
  test("a planted secret is in no answer, no stored row in the clear, no audit entry, no log line", () => {
    expect(cells.filter((cell) => cell.leaked.length > 0).map((c) => `${c.name} by ${c.actor}: ${c.leaked}`)).toEqual([]);
  });
});

describe("A5: every change may be sent again with its key", () => {
  const changes = table.filter(([, o]) => o.method !== "get" && (o.audience === "tenant" || o.audience === "user"));
  test.each(changes.map(([name]) => [name]))("%s is done once and answered the same", async (name) => {
    const owner = matrix.actors.find((actor) => actor.name === "owner") as Actor;
    const headers = { "idempotency-key": "again" };
    const [first, second] = await matrix.repeat(name, owner, [headers, headers]);
    // Who has left the team, or ended the session, is nobody to answer to.
    if (name === "teamLeave" || name === "sessionRemove") return expect([404, 401]).toContain(second?.got.status);
    expect(second?.got.status).toBe(first?.got.status);
    expect(second?.got.body).toEqual(first?.got.body);
    expect(second?.got.headers["idempotency-replayed"]).toBe("true");
    expect(changed(second)).toEqual([]);
  });
});
/** That a request was made is counted, whatever it did. */
const counts = (key: string): boolean => key.includes('"request-rate"');
const changed = (called: Called | undefined): string[] =>
  [...(called?.after ?? [])]
    .filter(([key, row]) => called?.before.get(key)?.generation !== row.generation)
    .flatMap(([key]) => (counts(key) ? [] : [key]));

describe("tenants are isolated whatever ids are mixed", () => {
  /** 10,000 with PLUVIA_SWAPS=10000; fewer by default, for time. */
  const swaps = Number(process.env["PLUVIA_SWAPS"] ?? 1_500);
  test(`${swaps} requests with ids of the other team in place of their own succeed never`, async () => {
    const owner = matrix.actors.find((actor) => actor.name === "owner") as Actor;
    const pairs = idsOf(matrix.home).map((id, at) => [id, idsOf(matrix.foreign)[at] ?? ""] as const);
    const texts = table
      .filter(([, operation]) => operation.audience === "tenant")
      .map(([name]) => [name, JSON.stringify(matrix.sampleFor(name, owner))] as const)
      .filter(([, text]) => pairs.some(([own]) => text.includes(own)));
    const random = randomFrom(20_261_121);
    const broken: string[] = [];
    for (let at = 0; at < swaps; at++) {
      const [name, text] = texts[Math.floor(random() * texts.length)] as (typeof texts)[number];
      const present = pairs.filter(([own]) => text.includes(own));
      const chosen = present.filter(() => random() < 0.5);
      const swapped = (chosen.length > 0 ? chosen : present).reduce((t, [own, other]) => t.replaceAll(own, other), text);
      const { got, touched } = await matrix.call(name, owner, JSON.parse(swapped));
      if (got.status < 400 || got.status >= 500 || touched.some((pk) => pk.includes(matrix.foreign.team)))
        broken.push(`${name} ${swapped}: ${got.status}`);
    }
    expect(broken).toEqual([]);
  }, 120_000);
});
