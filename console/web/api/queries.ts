import { type InfiniteData, infiniteQueryOptions, type QueryKey, queryOptions } from "@tanstack/react-query";
import type { CallInput, CallResult } from "../../../shared/client/client.ts";
import { allOf } from "../../../shared/client/pages.ts";
import type { Application, Component } from "../../../shared/contract/component.ts";
import type { ApplicationId, BuildId, CheckId, ComponentId, DataCenterId, OperationId } from "../../../shared/contract/id.ts";
import type { Operation } from "../../../shared/contract/operation.ts";
import { client } from "./client.ts";
import { queryClient, refetchIfOnItsWay } from "./query-client.ts";

/** Lists are fetched whole, so that a person can sort and filter over everything. */
const limit = 200;

type OperationQuery = NonNullable<CallInput<"operationList">["query"]>;

export type OperationPage = CallResult<"operationList">;
const itemsOf = (pages: readonly OperationPage[]): readonly Operation[] => pages.flatMap(({ items }) => items);
const recentMax = 8;

/** Without an end: they are fetched page by page, the newest first. */
const operationsOf = (team: string, of: ComponentId | DataCenterId | null, query: OperationQuery) =>
  infiniteQueryOptions({
    queryKey: [team, "operations", of] as const,
    queryFn: ({ pageParam: page, signal }) => client.operationList({ query: { ...query, page }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next,
    select: ({ pages }) => itemsOf(pages),
  });

/** Agents tell how much is used every minute while somebody looks; to ask for it is to look. */
export const usageMs = 60_000;

export const queries = {
  team: (team: string) =>
    queryOptions({ queryKey: [team, "team"] as const, queryFn: ({ signal }) => client.tenantView({ signal }) }),
  quota: (team: string) =>
    queryOptions({ queryKey: [team, "quota"] as const, queryFn: ({ signal }) => client.quotaView({ signal }), staleTime: 0 }),
  applications: (team: string) =>
    queryOptions({
      queryKey: [team, "applications"] as const,
      queryFn: ({ signal }) => allOf((page) => client.applicationList({ query: { page, limit }, signal })),
    }),
  components: (team: string) =>
    queryOptions({
      queryKey: [team, "components"] as const,
      queryFn: ({ signal }) => allOf((page) => client.componentList({ query: { page, limit }, signal })),
    }),
  members: (team: string) =>
    queryOptions({
      queryKey: [team, "members"] as const,
      queryFn: ({ signal }) => allOf((page) => client.memberList({ query: { page, limit }, signal })),
    }),
  invitations: (team: string) =>
    queryOptions({
      queryKey: [team, "invitations"] as const,
      queryFn: ({ signal }) => allOf((page) => client.invitationList({ query: { page, limit }, signal })),
    }),
  keys: (team: string) =>
    queryOptions({
      queryKey: [team, "keys"] as const,
      queryFn: ({ signal }) => allOf((page) => client.keyList({ query: { page, limit }, signal })),
    }),
  dataCenters: (team: string) =>
    queryOptions({
      queryKey: [team, "dataCenters"] as const,
      queryFn: ({ signal }) => allOf((page) => client.dataCenterList({ query: { page, limit }, signal })),
    }),
  nodes: (team: string, dataCenter: DataCenterId) =>
    queryOptions({
      queryKey: [team, "nodes", dataCenter] as const,
      queryFn: ({ signal }) => client.dataCenterNodes({ params: { dataCenter }, signal }),
      refetchInterval: usageMs,
    }),
  dataCenterUsage: (team: string, dataCenter: DataCenterId) =>
    queryOptions({
      queryKey: [team, "dataCenterUsage", dataCenter] as const,
      queryFn: ({ signal }) => client.dataCenterUsage({ params: { dataCenter }, signal }),
      refetchInterval: usageMs,
    }),
  variables: (team: string, component: ComponentId) =>
    queryOptions({
      queryKey: [team, "variables", component] as const,
      queryFn: ({ signal }) => client.variableList({ params: { component }, signal }),
    }),
  releases: (team: string, component: ComponentId) =>
    queryOptions({
      queryKey: [team, "releases", component] as const,
      queryFn: ({ signal }) => allOf((page) => client.releaseList({ params: { component }, query: { page, limit }, signal })),
    }),
  /** While only the first page is wanted, what is new does not make it longer. */
  operations: (team: string) => ({
    ...operationsOf(team, null, { limit: recentMax }),
    select: ({ pages }: InfiniteData<OperationPage>) => itemsOf(pages).slice(0, pages.length === 1 ? recentMax : undefined),
  }),
  componentOperations: (team: string, component: ComponentId) => operationsOf(team, component, { component, limit: 50 }),
  dataCenterOperations: (team: string, dataCenter: DataCenterId) => operationsOf(team, dataCenter, { dataCenter, limit: 20 }),
  operation: (team: string, operation: OperationId) =>
    queryOptions({
      queryKey: [team, "operation", operation] as const,
      queryFn: ({ signal }) => client.operationView({ params: { operation }, signal }),
    }),
  build: (team: string, build: BuildId) =>
    queryOptions({
      queryKey: [team, "build", build] as const,
      queryFn: ({ signal }) => client.buildView({ params: { build }, signal }),
    }),
  check: (team: string, check: CheckId) =>
    queryOptions({
      queryKey: [team, "check", check] as const,
      queryFn: ({ signal }) => client.checkView({ params: { check }, signal }),
    }),
} as const;

function changeList<T>(queryKey: QueryKey, change: (list: T[]) => T[]): void {
  queryClient.setQueryData<T[]>(queryKey, (list) => list && change(list));
  refetchIfOnItsWay(queryKey);
}

/** Components live in one place of the cache, their team's list; what is newer replaces what is there. */
export function adoptComponent(team: string, component: Component): void {
  changeList<Component>(queries.components(team).queryKey, (list) => {
    const at = list.findIndex((c) => c.id === component.id);
    const known = list[at];
    if (!known) return [...list, component];
    return known.sequence > component.sequence ? list : list.with(at, component);
  });
}

export function forgetComponent(team: string, id: string): void {
  changeList<Component>(queries.components(team).queryKey, (list) => list.filter((c) => c.id !== id));
}

export function adoptApplication(team: string, application: Application): void {
  changeList<Application>(queries.applications(team).queryKey, (list) => {
    const at = list.findIndex((a) => a.id === application.id);
    const known = list[at];
    if (!known) return [...list, application];
    return known.generation > application.generation ? list : list.with(at, application);
  });
}

export function forgetApplication(team: string, id: ApplicationId): void {
  changeList<Application>(queries.applications(team).queryKey, (list) => list.filter((a) => a.id !== id));
}
