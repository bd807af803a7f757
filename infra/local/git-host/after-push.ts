import { setTimeout as sleep } from "node:timers/promises";
import { faultOf } from "../../../shared/base/fault.ts";
import { inert } from "../../../shared/base/inert.ts";
import type { Client } from "../../../shared/client/client.ts";
import type { Component } from "../../../shared/contract/component.ts";
import type { Operation } from "../../../shared/contract/operation.ts";
import type { RefUpdate } from "./pkt-line.ts";

const deployedRefs: readonly string[] = ["refs/heads/main", "refs/heads/master"];
const zero = /^0+$/;

/** The update that deploys: the last one of a branch that does. */
export const deployingUpdate = (updates: readonly RefUpdate[]): RefUpdate | undefined =>
  updates.findLast((u) => deployedRefs.includes(u.ref) && !zero.test(u.to));

/** Of branches and tags that go, git itself says all there is to say. */
export const isOnlyRemoval = (updates: readonly RefUpdate[]): boolean => updates.every((u) => zero.test(u.to));
export const keptOnly = `Kept. Only ${deployedRefs.map((r) => r.replace("refs/heads/", "")).join(" and ")} are deployed.`;

const pollMs = 300;
const finished = ["succeeded", "failed", "superseded", "cancelled"];

interface Pushed {
  readonly client: Client;
  readonly component: Component;
  readonly commit: string;
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Deploys what was pushed and tells the pusher how it goes. Whatever comes of it, the push itself has succeeded. */
export async function deployPush(pushed: Pushed): Promise<void> {
  const { client, component, commit, say, signal } = pushed;
  try {
    const directory = component.source.kind === "push" ? component.source.directory : undefined;
    const { operation } = await client.componentDeploy({
      params: { component: component.id },
      body: { source: { kind: "push", commit, ...(directory && { directory }) } },
    });
    say(`Deploying ${commit.slice(0, 10)} (operation ${operation.id})`);
    await report(pushed, operation);
  } catch (error) {
    if (signal.aborted) return; // the pusher hung up; the deploy goes on
    const fault = faultOf(error);
    say(`The push is kept, but it could not be deployed: ${fault.message}`);
    if (fault.next) say(fault.next);
  }
}

async function report({ client, component, say, signal }: Pushed, begun: Operation): Promise<void> {
  let operation = begun;
  let line = 0;
  const told = new Set<string>();
  while (true) {
    for (const step of operation.steps) {
      const key = `${step.name} ${step.state}`;
      if (step.state === "running" && !told.has(key)) say(`• ${inert(step.name)}`);
      told.add(key);
    }
    line = await sayBuildLines({ client, say }, operation, line);
    if (finished.includes(operation.state)) break;
    await sleep(pollMs, undefined, { signal });
    operation = await client.operationView({ params: { operation: operation.id }, signal });
  }
  await sayEnd({ client, component, say }, operation);
}

type Telling = Pick<Pushed, "client" | "say">;
async function sayBuildLines({ client, say }: Telling, { build }: Operation, after: number): Promise<number> {
  if (build === null) return after;
  const { lines } = await client.buildLogView({ params: { build }, query: { after, limit: 1_000 } });
  for (const l of lines) say(`  ${inert(l.text)}`);
  return lines.at(-1)?.sequence ?? after;
}

async function sayEnd({ client, component, say }: Telling & Pick<Pushed, "component">, operation: Operation): Promise<void> {
  if (operation.state !== "succeeded") {
    say(`The deploy ended as ${operation.state}.${operation.failure ? ` ${operation.failure.message}` : ""}`);
    if (operation.failure) say(operation.failure.next);
    return;
  }
  const { url, release } = await client.componentView({ params: { component: component.id } });
  say(`${component.name} is running${release ? `, release ${release.number}` : ""}${url ? `: ${url}` : ""}`);
}
