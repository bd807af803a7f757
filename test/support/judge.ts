import { AsyncLocalStorage } from "node:async_hooks";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import * as z from "zod";
import { readRights, rolesFor } from "../../infra/tools/roles.ts";
import type { Table, Write } from "../../shared/ports/table.ts";
import { type Call, isAllowed, resolved, Statement } from "./iam.ts";

const Role = z.looseObject({
  Properties: z.looseObject({
    Policies: z.array(z.looseObject({ PolicyDocument: z.looseObject({ Statement: z.array(z.unknown()) }) })),
  }),
});
/** The roles as they are packaged; test/aws/package.test.ts compares them with the template. */
export const packagedRoles = (): Record<string, unknown> => {
  const tenants = readFileSync(new URL("../../infra/aws/tenants.yml", import.meta.url), "utf8");
  return { ...rolesFor(readRights()), ...(parse(tenants) as { Resources: object }).Resources };
};
const roles = packagedRoles();
const roleIdOf = (name: string): string => `${name.charAt(0).toUpperCase()}${name.slice(1).replaceAll("-", "Dash")}Role`;

/** What a role may do in the table or by taking another role; of the rest other tests tell. */
export const statementsIn = (resources: Readonly<Record<string, unknown>>, roleId: string): readonly Statement[] =>
  Role.parse(resources[roleId])
    .Properties.Policies.flatMap((policy) => policy.PolicyDocument.Statement)
    .map((each) => resolved(each) as { Action: string[] })
    .filter(({ Action }) => Action.some((action) => /^(dynamodb|sts):/.test(action)))
    .map((each) => Statement.parse(each));

const known = new Map<string, readonly Statement[]>();
export function statementsOf(roleId: string): readonly Statement[] {
  const statements = known.get(roleId) ?? statementsIn(roles, roleId);
  known.set(roleId, statements);
  return statements;
}

const table = "<Table.Arn>";
const index = `${table}/index/index`;

/** The calls of AWS that shared/adapters/aws/table.ts makes. What is written in a transaction is judged one by one:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html */
const of = (action: string, partitions: readonly string[], resource = table): Pick<Call, "action" | "resource" | "context"> => ({
  action: `dynamodb:${action}`,
  resource,
  // Of an index it is the index's own: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
  context: { "dynamodb:LeadingKeys": partitions },
});
const actionOf = { put: "PutItem", remove: "DeleteItem", check: "ConditionCheckItem" } as const;
const writeCall = (write: Write): Call => of(actionOf[write.kind], [write.kind === "put" ? write.row.pk : write.key.pk]);

/** Asks for each call before it is made. */
const asking = (rows: Table, judge: (calls: readonly Call[]) => void, within: <R>(call: () => R) => R): Table => {
  const asked = async <R>(calls: readonly Call[], call: () => Promise<R>): Promise<R> => {
    judge(calls);
    return within(call);
  };
  return {
    get: (key) => asked([of("GetItem", [key.pk])], () => rows.get(key)),
    getAll: (keys) => {
      const partitions = [...new Set(keys.map(({ pk }) => pk))];
      return asked([of("BatchGetItem", partitions)], () => rows.getAll(keys));
    },
    query: (query) => asked([of("Query", [query.pk], query.byIndex ? index : table)], () => rows.query(query)),
    transact: (writes) => asked(writes.map(writeCall), () => rows.transact(writes)),
  };
};

/** Which deployed function runs, and whether what it does is judged already, by the credentials of a team. */
const running = new AsyncLocalStorage<string>();
const asTeam = new AsyncLocalStorage<true>();

export const runningFunction = (): string | undefined => running.getStore();

/** Has a handler's calls judged by the role of the function that it is. */
export const asFunction = <F extends (...given: never[]) => unknown>(name: string, handler: F): F =>
  Object.assign(((...given) => running.run(name, () => handler(...given))) as F, handler);

/** Every partition that a function's own role was asked for, by its name. */
export const seen = new Map<string, Set<string>>();

function judgeBy(roleId: string, who: string, calls: readonly Call[], tags: Call["context"] = {}): void {
  for (const call of calls) {
    const whole = { ...call, context: { ...call.context, ...tags } };
    if (!isAllowed(statementsOf(roleId), whole)) throw new AccessDenied(who, whole);
  }
}

export class AccessDenied extends Error {
  constructor(who: string, { action, resource, context }: Call) {
    super(`AWS would refuse ${action} on ${resource} to ${who}: ${JSON.stringify(context)}`);
  }
}

/** The table as a function's own role sees it. What a test itself reads and writes is judged by nobody. */
export function judged<T extends Table>(rows: T): T {
  const judge = (calls: readonly Call[]) => {
    const name = running.getStore();
    if (name === undefined || asTeam.getStore()) return;
    judgeBy(roleIdOf(name), name, calls);
    const partitions = seen.get(name) ?? new Set();
    for (const { context } of calls) for (const partition of context["dynamodb:LeadingKeys"] ?? []) partitions.add(partition);
    seen.set(name, partitions);
  };
  return { ...rows, ...asking(rows, judge, (call) => call()) };
}

/** The table as credentials of one team see it, which the running function must be allowed to ask for. */
export function judgedFor(rows: Table, tenant: string): Table {
  const name = running.getStore();
  const assumed = { action: "sts:AssumeRole", resource: "<TenantRole.Arn>", context: {} };
  if (name !== undefined) judgeBy(roleIdOf(name), name, [assumed]);
  const tags = { "aws:PrincipalTag/tenant": [tenant] };
  return asking(
    rows,
    (calls) => judgeBy("TenantRole", `${name ?? "code"} for ${tenant}`, calls, tags),
    (call) => asTeam.run(true, call),
  );
}
