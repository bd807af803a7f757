import type { Application, Component, ComponentStatus } from "../../../shared/contract/component.ts";
import { urgency, wantsLook, worstOf } from "../components/urgency.ts";

export interface Entry {
  readonly application: Application;
  readonly components: readonly Component[];
}
/** Each "" lets everything through. */
export interface OverviewFilter {
  /** In the name of the application or of one of its components, or in the description. */
  readonly text: string;
  /** Of the application as its card shows it, or `look`: something in it wants a look. */
  readonly state: string;
  /** A data center that one of its components is in. */
  readonly dataCenter: string;
}

/** Every application by name, with its components by name. */
export function entriesOf(applications: readonly Application[], components: readonly Component[]): Entry[] {
  const byName = (a: { readonly name: string }, b: { readonly name: string }) => a.name.localeCompare(b.name);
  const of = Map.groupBy(components, (c) => c.application);
  return applications
    .toSorted(byName)
    .map((application) => ({ application, components: (of.get(application.id) ?? []).toSorted(byName) }));
}

const hasState = ({ components }: Entry, state: string): boolean =>
  state === "look" ? components.some(wantsLook) : worstOf(components) === state;

export function filtered(entries: readonly Entry[], { text, state, dataCenter }: OverviewFilter): Entry[] {
  const needle = text.trim().toLowerCase();
  const words = ({ application, components }: Entry) =>
    [application.name, application.description, ...components.map((c) => c.name)].join("\n").toLowerCase();
  return entries.filter(
    (entry) =>
      (needle === "" || words(entry).includes(needle)) &&
      (state === "" || hasState(entry, state)) &&
      (dataCenter === "" || entry.components.some((c) => c.dataCenter === dataCenter)),
  );
}

/** The states there are, the most urgent first, with how many applications are in each. */
export function statesOf(entries: readonly Entry[]): { readonly state: ComponentStatus | "look"; readonly count: number }[] {
  const states = ["look", ...urgency] as const;
  return states
    .map((state) => ({ state, count: entries.filter((entry) => hasState(entry, state)).length }))
    .filter(({ count }) => count > 0);
}
