import { queryOptions } from "@tanstack/react-query";
import type { Application, Component } from "../../../shared/contract/component.ts";
import { type CallArgs, call, type Result } from "./client.ts";
import { queryClient } from "./query-client.ts";

type Paged = "applicationList" | "componentList" | "memberList" | "invitationList" | "keyList" | "dataCenterList";
type Item<N extends Paged> = Result<N>["items"][number];

/** Pages of 200 until there are no more, so that a person can sort and filter over everything. 25 pages: what a browser still lists well. */
const pagesMax = 25;
async function everyPage<N extends Paged>(name: N, signal: AbortSignal): Promise<Item<N>[]> {
  const items: Item<N>[] = [];
  let page: string | undefined;
  for (let n = 0; n < pagesMax; n += 1) {
    const answer = await call(name, { query: { limit: 200, ...(page ? { page } : {}) }, signal } as unknown as CallArgs<N>);
    items.push(...(answer.items as Item<N>[]));
    page = answer.next;
    if (!page) break;
  }
  return items;
}

const listOf = <N extends Paged>(team: string, name: N) =>
  queryOptions({ queryKey: [team, name] as const, queryFn: ({ signal }) => everyPage(name, signal) });

export const queries = {
  applications: (team: string) => listOf(team, "applicationList"),
  components: (team: string) => listOf(team, "componentList"),
  members: (team: string) => listOf(team, "memberList"),
  invitations: (team: string) => listOf(team, "invitationList"),
  keys: (team: string) => listOf(team, "keyList"),
  dataCenters: (team: string) => listOf(team, "dataCenterList"),
  variables: (team: string, component: string) =>
    queryOptions({ queryKey: [team, "variables", component] as const, queryFn: ({ signal }) => call("variableList", { params: { component }, signal }) }),
  releases: (team: string, component: string) =>
    queryOptions({ queryKey: [team, "releases", component] as const, queryFn: ({ signal }) => call("releaseList", { params: { component }, query: { limit: 100 }, signal }) }),
  operations: (team: string, component?: string) =>
    queryOptions({
      queryKey: [team, "operations", component ?? null] as const,
      queryFn: ({ signal }) => call("operationList", { query: { limit: component ? 50 : 20, ...(component ? { component } : {}) } as never, signal }),
    }),
  operation: (team: string, operation: string) =>
    queryOptions({ queryKey: [team, "operation", operation] as const, queryFn: ({ signal }) => call("operationView", { params: { operation }, signal }) }),
  build: (team: string, build: string) =>
    queryOptions({ queryKey: [team, "build", build] as const, queryFn: ({ signal }) => call("buildView", { params: { build }, signal }) }),
  check: (team: string, check: string) =>
    queryOptions({ queryKey: [team, "check", check] as const, queryFn: ({ signal }) => call("checkView", { params: { check }, signal }) }),
} as const;

/** Lists are the one place a component lives in the cache; what is newer replaces what is there. */
export function adoptComponent(team: string, component: Component): void {
  queryClient.setQueryData<Component[]>(queries.components(team).queryKey, (list) => {
    if (!list) return list;
    const at = list.findIndex((c) => c.id === component.id);
    const known = list[at];
    if (!known) return [...list, component];
    return known.sequence > component.sequence ? list : list.with(at, component);
  });
}

export function forgetComponent(team: string, id: string): void {
  queryClient.setQueryData<Component[]>(queries.components(team).queryKey, (list) => list?.filter((c) => c.id !== id));
}

export function adoptApplication(team: string, application: Application): void {
  queryClient.setQueryData<Application[]>(queries.applications(team).queryKey, (list) => {
    if (!list) return list;
    const at = list.findIndex((a) => a.id === application.id);
    return at < 0 ? [...list, application] : list.with(at, application);
  });
}
