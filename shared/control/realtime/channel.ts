import { Fault, notFound } from "../../base/fault.ts";
import type { Command } from "../../contract/commands.ts";
import { BuildId, CheckId, ComponentId, OperationId, type TenantId } from "../../contract/id.ts";
import type { Action } from "../../contract/api-operation.ts";
import { Component } from "../../contract/component.ts";
import { Operation } from "../../contract/operation.ts";
import { Build } from "../../contract/release.ts";
import { Check } from "../../contract/source.ts";
import type { StreamData } from "../../contract/stream.ts";
import { withLog } from "../build-log.ts";
import { findCheck } from "../checks.ts";
import { viewBuild } from "../builds.ts";
import type { SlotDeps } from "../build-slots.ts";
import { viewComponent, type ViewDeps } from "../component-view.ts";
import type { Core } from "../core.ts";
import { publish } from "../effects.ts";
import { findBuild, findComponent, findOperation } from "../find.ts";

/** What a channel's name says. A `build-log` has lines; the others show the newest whole state of a thing. */
export type Channel =
  | { readonly kind: "team" }
  | { readonly kind: "component"; readonly id: ComponentId }
  | { readonly kind: "operation"; readonly id: OperationId }
  | { readonly kind: "build" | "build-log"; readonly id: BuildId }
  | { readonly kind: "check"; readonly id: CheckId };

const ids = { component: ComponentId, operation: OperationId, build: BuildId, "build-log": BuildId, check: CheckId };
const isKind = (text: string | undefined): text is keyof typeof ids => text !== undefined && Object.hasOwn(ids, text);

/** @throws Fault `invalid`, `not_found`. */
export function channelOf(name: string): Channel {
  if (name === "team") return { kind: "team" };
  const [kind, id = "", more] = name.split("/");
  if (!isKind(kind) || more !== undefined)
    throw new Fault("invalid", `There is no channel ${name.slice(0, 60)} here.`, {
      next: `Channels are team and ${Object.keys(ids).join("/…, ")}/…; runtime logs and terminals are at the data center.`,
      reason: "channel.unknown",
    });
  const parsed = ids[kind].safeParse(id);
  if (!parsed.success) throw notFound(kind, id.slice(0, 60));
  return { kind, id: parsed.data } as Channel;
}

/** What one must be allowed to do to listen. */
export const actionOf = (channel: Channel): Action => (channel.kind === "team" ? "team.view" : "component.view");

export type ChannelDeps = Core & ViewDeps & SlotDeps;
type Reader = { readonly tenant: TenantId; readonly applications: readonly string[] | null };
export interface Snapshot {
  readonly sequence: number;
  readonly data: StreamData;
}
export interface Lines {
  readonly build: BuildId;
  /** How many there are, and whether none will follow. */
  readonly count: number;
  readonly ended: boolean;
}

/** The newest state of the channel's thing, as far as the reader may see it. @throws Fault `not_found`. */
export async function snapshotOf(deps: ChannelDeps, reader: Reader, channel: Channel): Promise<Snapshot | Lines | undefined> {
  switch (channel.kind) {
    case "team":
      return undefined;
    case "component": {
      const component = Component.parse(await viewComponent(deps, await findComponent(deps, reader, channel.id)));
      return { sequence: component.sequence, data: { kind: "component", component } };
    }
    case "operation": {
      const operation = Operation.parse(await findOperation(deps, reader, channel.id));
      return { sequence: operation.generation, data: { kind: "operation", operation } };
    }
    case "build": {
      const build = Build.parse(await viewBuild(deps, reader, channel.id));
      return { sequence: build.generation, data: { kind: "build", build } };
    }
    case "build-log": {
      const build = await withLog(deps, await findBuild(deps, reader, channel.id));
      return { build: build.id, count: build.lines, ended: build.endedAt !== null };
    }
    case "check": {
      const check = Check.parse(await findCheck(deps, reader.tenant, channel.id));
      return { sequence: check.generation, data: { kind: "check", check } };
    }
  }
}

type Publish = Extract<Command, { kind: "publish" }>;
/** The channels that a published change concerns. */
export const channelsOf = ({ resource, resourceId }: Publish): string[] => {
  if (resource === "build") return ["team", `build/${resourceId}`, `build-log/${resourceId}`];
  return isKind(resource) ? ["team", `${resource}/${resourceId}`] : ["team"];
};
/** The command whose handling serves this channel: all its frames come from there, one after the other. */
export const publishFor = (tenant: TenantId, channel: Channel): Command | undefined => {
  if (channel.kind === "team") return undefined;
  return publish(tenant, channel.kind === "build-log" ? "build" : channel.kind, channel.id);
};
