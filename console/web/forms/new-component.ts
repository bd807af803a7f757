import type { Component } from "../../../shared/contract/component.ts";
import type { DataCenter } from "../../../shared/contract/data-center.ts";
import type { DataCenterId } from "../../../shared/contract/id.ts";
import type { Proposal, Source } from "../../../shared/contract/source.ts";
import { objectionToPlacing } from "../../../shared/domain/data-center.ts";
import { freeName, nameFrom, nameOfSource } from "../../../shared/domain/name.ts";

export interface Draft {
  /** Id of an existing application; null: a new one. */
  readonly application: string | null;
  readonly applicationName: string;
  readonly name: string;
  readonly command: string;
  readonly ports: readonly { readonly port: number; readonly protocol: "http" | "tcp"; readonly external: boolean }[];
  readonly variables: readonly {
    readonly name: string;
    readonly value: string;
    readonly kind: "plain" | "secret";
    readonly required: boolean;
    readonly description: string;
  }[];
}

/** Where the application's components are, if that is one place; for its first one, the only data center there is. undefined: the platform chooses. */
export function usualPlace(
  components: readonly Pick<Component, "dataCenter">[],
  dataCenters: readonly Pick<DataCenter, "id" | "name" | "state" | "cordoned">[],
): DataCenterId | undefined {
  const open = dataCenters.filter((d) => objectionToPlacing(d) === null).map((d) => d.id);
  const places = new Set(components.length > 0 ? components.map((c) => c.dataCenter) : open);
  return places.size === 1 ? open.find((id) => places.has(id)) : undefined;
}

/** A value with such a name is a secret until a person says otherwise. */
const looksSecret = (name: string) => /(SECRET|PASSWORD|PASSWD|TOKEN|API_?KEY|PRIVATE_KEY|CREDENTIAL)/i.test(name);

interface Around {
  /** Where it goes, when the person came from an application. */
  readonly into: { readonly id: string } | null;
  readonly applicationNames: readonly string[];
  readonly componentNames: readonly string[];
}

/** What a person confirms: what was found in the source, with names that are free. */
export function draftOf(source: Source, proposal: Proposal | null, { into, applicationNames, componentNames }: Around): Draft {
  const found = nameFrom(proposal?.name ?? nameOfSource(source));
  return {
    application: into?.id ?? null,
    applicationName: freeName(found, applicationNames),
    name: into ? freeName(found, componentNames) : "web",
    command: "",
    ports: (proposal?.ports ?? []).map((p) => ({ ...p, external: p.protocol === "http" })),
    variables: (proposal?.variables ?? []).map((v) => ({
      name: v.name,
      value: v.value,
      kind: looksSecret(v.name) ? "secret" : "plain",
      required: v.required,
      description: v.description ?? "",
    })),
  };
}
