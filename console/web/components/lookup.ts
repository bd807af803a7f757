import { useQuery } from "@tanstack/react-query";
import type { Application, Component } from "../../../shared/contract/component.ts";
import { queries } from "../api/queries.ts";
import { useTeam } from "./team.ts";

/** An URL names an application and a component by name; an id works too. */
export const named = <T extends { readonly id: string; readonly name: string }>(
  items: readonly T[] | undefined,
  word: string | undefined,
): T | null => items?.find((item) => item.name === word || item.id === word) ?? null;

export function useApplications() {
  return useQuery(queries.applications(useTeam().id));
}
export function useComponents() {
  return useQuery(queries.components(useTeam().id));
}

export function useDataCenters() {
  return useQuery(queries.dataCenters(useTeam().id));
}

/** What the id of an application, a component or a data center is called. */
export function useNameOf(): (id: string) => string | undefined {
  const components = useComponents().data;
  const applications = useApplications().data;
  const dataCenters = useDataCenters().data;
  return (id) => [components, applications, dataCenters].flatMap((all) => all?.find((one) => one.id === id)?.name ?? [])[0];
}

export const componentsOf = (components: readonly Component[] | undefined, application: Application): readonly Component[] =>
  (components ?? []).filter((c) => c.application === application.id).toSorted((a, b) => a.name.localeCompare(b.name));

export const appPath = (team: string, application: { readonly name: string }): string => `/t/${team}/apps/${application.name}`;
export const componentPath = (
  team: string,
  application: { readonly name: string },
  component: { readonly name: string },
  tab = "",
): string => `${appPath(team, application)}/c/${component.name}${tab ? `/${tab}` : ""}`;
