import type * as z from "zod";
import { Fault } from "../base/fault.ts";
import type { Component, ComponentCreate } from "../contract/component.ts";
import { type ApplicationId, ComponentId, type DataCenterId } from "../contract/id.ts";
import { configurationWith, defaultConfiguration, hostLabel } from "../domain/component.ts";
import { changesBetween } from "../domain/plan-change.ts";
import { assertRoomFor, assertWithin, roomOf, roomOfAll, roomTaken } from "../domain/quota.ts";
import { assertFitsRelease } from "../domain/release-size.ts";
import type { Repositories } from "../ports/repositories.ts";
import { type Caller, commit, onConflictRetry } from "./change.ts";
import { componentNames, components, type ComponentRecord, hosts, keyOf, variableRows } from "./component-tables.ts";
import { assertNotRemoving } from "./applications.ts";
import { viewComponent } from "./component-view.ts";
import { sealCredential } from "./credential.ts";
import { publish } from "./effects.ts";
import { listAll, put, read } from "./entity.ts";
import { findApplication } from "./find.ts";
import { assertDependencies } from "./dependencies.ts";
import type { OperateDeps } from "./operate-component.ts";
import { placeFor, stillTakes } from "./place-component.ts";
import { claim } from "./quota.ts";
import { sealVariables } from "./sealed-variables.ts";
import { assertSource, usedSource } from "./source.ts";
import { nameTaken } from "./name-taken.ts";
import { openVariablesFrom } from "./update-variables.ts";

type Input = z.infer<typeof ComponentCreate>;
export type CreateDeps = OperateDeps & { readonly repositories: Repositories };

/** A new component, not deployed yet. Its names and address are its own from here on. */
export const createComponent = (
  deps: CreateDeps,
  caller: Caller,
  asked: { application: ApplicationId; create: Input },
): Promise<Component> => onConflictRetry(deps, () => created(deps, caller, asked));

async function created(
  deps: CreateDeps,
  caller: Caller,
  asked: { application: ApplicationId; create: Input },
): Promise<Component> {
  const { create } = asked;
  const application = await findApplication(deps, caller, asked.application);
  assertNotRemoving(application);
  await assertSource(deps, caller.tenant, create.source);
  const configuration = configurationWith(defaultConfiguration, create.configuration ?? {});
  const dataCenter = await placeFor(deps, caller, create.dataCenter, configuration);
  const record = await newRecord(deps, caller, { application, create, configuration, dataCenter: dataCenter.id });
  await assertDependencies(deps, record, record.configuration);
  const claimed = await claimPlace(deps, record);
  const component = await viewComponent(deps, record);
  if (create.source.kind === "push") await deps.repositories.ensure(record.tenant, record.id);
  const { tenant, id, name, host } = record;
  const set = (create.variables ?? []).map((v, at) => ({ ...v, path: `variables.${at}.name` }));
  const variables = openVariablesFrom(deps.clock.now(), [], { set, unset: [] });
  assertFitsRelease(name, { configuration: record.configuration, variables });
  const sealed = await sealVariables(deps, tenant, variables);
  await commit(
    deps,
    caller,
    {
      writes: [
        claimed,
        put(components, record),
        // Not into an application that is being removed meanwhile.
        { kind: "check", key: keyOf.application(tenant, application.id), expected: application.generation },
        stillTakes(dataCenter),
        put(componentNames, { tenant, application: application.id, name, component: id, generation: 1 }),
        put(hosts, { label: host, tenant, component: id, generation: 1 }),
        ...(await usedSource(deps, tenant, create.source)),
        put(variableRows, { tenant, component: id, sealed, generation: 1 }),
      ],
      commands: [publish(tenant, "component", id)],
      audit: { subject: id, changes: changesBetween("", {}, { name, source: create.source }) },
    },
    component,
  ).catch(nameTaken("component", record.name));
  return component;
}

async function newRecord(
  deps: CreateDeps,
  caller: Caller,
  asked: {
    application: { id: ApplicationId; name: string };
    create: Input;
    configuration: ComponentRecord["configuration"];
    dataCenter: DataCenterId;
  },
): Promise<ComponentRecord> {
  const { application, create, configuration, dataCenter } = asked;
  const id = ComponentId.parse(deps.ids.next("cmp"));
  return {
    id,
    tenant: caller.tenant,
    application: application.id,
    name: create.name,
    dataCenter,
    source: create.source,
    language: create.language ?? null,
    configuration,
    wanted: "running",
    release: null,
    build: null,
    undeployed: false,
    removing: false,
    moving: null,
    createdAt: deps.clock.now().toISOString(),
    credential: await sealCredential(deps, caller.tenant, create),
    host: await freeHost(deps, create.name, application.name),
    restart: 0,
    nextRelease: 1,
    replicas: configuration.replicas,
    releasedSize: null,
    deployed: null,
    newest: null,
    infersPorts: create.configuration?.ports === undefined,
    revision: 1,
    desired: 0,
    generation: 1,
  };
}

/** 4 characters of 36: with a label taken by 1,000 others, 20 draws miss with a chance of 1 in 10^64. */
const drawsMax = 20;
async function freeHost(deps: CreateDeps, component: string, application: string): Promise<string> {
  for (let draw = 0; draw < drawsMax; draw++) {
    const label = hostLabel(component, application, draw === 0 ? undefined : deps.ids.next("h").slice(-4));
    if (!(await read(deps.table, hosts, keyOf.host(label)))) return label;
  }
  throw new Fault("exhausted", "No free address was found for this name.", {
    next: "Choose another name.",
    reason: "address.none",
  });
}

const claimPlace = (deps: CreateDeps, { tenant, application, configuration }: ComponentRecord) =>
  claim(deps, tenant, async (quota) => {
    const all = await listAll(deps.table, components, { pk: `tenant#${tenant}`, prefix: "component#" });
    assertWithin(quota, "components", { used: all.length, more: 1 });
    const inApplication = all.filter((c) => c.application === application).length;
    assertWithin(quota, "componentsPerApplication", { used: inApplication, more: 1 });
    assertRoomFor(quota, roomOfAll(all.map(roomTaken)), { before: undefined, after: roomOf(configuration) });
  });
