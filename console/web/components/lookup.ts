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

/** What the id of an application or a component is called. */
export function useNameOf(): (id: string) => string | undefined {
  const components = useComponents().data;
  const applications = useApplications().data;
  return (id) => components?.find((c) => c.id === id)?.name ?? applications?.find((a) => a.id === id)?.name;
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
