import { Fault, type FieldProblem } from "../base/fault.ts";
import type { Configuration } from "../contract/component.ts";
import { placeOf } from "../domain/movement.ts";
import type { Table } from "../ports/table.ts";
import { type ComponentRecord, components, keyOf } from "./component-tables.ts";
import { listAll, read } from "./entity.ts";
import type { Dependent } from "../domain/plan-change.ts";

/** @throws Fault `invalid` for a dependency on itself, on what is not there, or on a port that is not open inside. */
export async function assertDependencies(
  deps: { table: Table },
  record: Pick<ComponentRecord, "id" | "tenant" | "dataCenter">,
  configuration: Configuration,
): Promise<void> {
  const problems = await Promise.all(
    configuration.dependencies.map(async (dependency, at) => {
      const problem = await problemWith(deps, record, dependency);
      return problem === undefined ? [] : [{ path: `configuration.dependencies.${at}`, ...problem }];
    }),
  );
  const fields = problems.flat();
  if (fields.length > 0)
    throw new Fault("invalid", fields.map((f) => f.message).join(" "), {
      fields,
      reason: "fields",
      next: "Correct the dependencies named.",
    });
}

async function problemWith(
  deps: { table: Table },
  record: Pick<ComponentRecord, "id" | "tenant" | "dataCenter">,
  dependency: Configuration["dependencies"][number],
): Promise<Omit<FieldProblem, "path"> | undefined> {
  if (dependency.component === record.id) return { rule: "dependency.self", message: "A component cannot depend on itself." };
  const target = await read(deps.table, components, keyOf.component(record.tenant, dependency.component));
  const params = { component: target?.name ?? dependency.component, port: dependency.port };
  if (!target)
    return { rule: "dependency.unknown", message: `There is no component ${dependency.component} in this team.`, params };
  const port = target.configuration.ports.find((p) => p.port === dependency.port);
  if (!port) return { rule: "dependency.no-port", message: `${target.name} has no port ${dependency.port}.`, params };
  if (!port.external && placeOf(target) !== record.dataCenter)
    return {
      rule: "dependency.far-port",
      message: `${target.name} is in another data center, where it is reached from outside: make its port ${dependency.port} external first.`,
      params,
    };
  return port.internal || placeOf(target) !== record.dataCenter
    ? undefined
    : {
        rule: "dependency.closed-port",
        message: `Port ${dependency.port} of ${target.name} is not reachable by others: make it internal first.`,
        params,
      };
}

/** Who depends on the component, and on which of its ports. */
export async function dependentsOf(deps: { table: Table }, record: ComponentRecord): Promise<Dependent[]> {
  const all = await listAll(deps.table, components, { pk: `tenant#${record.tenant}`, prefix: "component#" });
  return all.flatMap(({ id, name, configuration }) => {
    const ports = configuration.dependencies.filter((d) => d.component === record.id).map((d) => d.port);
    return ports.length > 0 ? [{ id, name, ports }] : [];
  });
}
