import { isFault } from "../../base/fault.ts";
import type { Preflight } from "../../contract/data-center.ts";
import { agentRights, type Right } from "../../domain/agent-rights.ts";
import { preflightFinding } from "../../domain/preflight.ts";
import type { Client } from "./client.ts";
import { kubeletCertificates } from "./kubelet-certificates.ts";
import { nodeFindings } from "./node-findings.ts";
import type { KubernetesObject } from "./object.ts";
import { agentBinding, labels as ourLabels } from "./render/names.ts";
import type { Node } from "./shapes.ts";
import { newestMinor, oldestMinor } from "./versions.ts";

/** One thing that the agents do, for which they need a right. */
export interface Need {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly name: string | undefined;
}
/** As the cluster tells what we may do. */
export interface Rule {
  readonly verbs?: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** What must be allowed: in the agents' own namespace and everywhere, or in one that they have made for a team. */
export const needsOf = (rights: readonly Right[], scopes: readonly Right["scope"][]): Need[] =>
  rights
    .filter(({ scope }) => scopes.includes(scope))
    // Without a metrics server there is nothing to ask.
    .filter(({ groups }) => !groups.includes("metrics.k8s.io"))
    .flatMap(({ groups, resources, names, verbs }) =>
      groups.flatMap((group) =>
        resources.flatMap((resource) =>
          (names ?? [undefined]).flatMap((name) => verbs.map((verb) => ({ verb, group, resource, name }))),
        ),
      ),
    );

const has = (list: readonly string[] | undefined, word: string): boolean =>
  list?.includes("*") === true || list?.includes(word) === true;
const allows = (rule: Rule, { verb, group, resource, name }: Need): boolean =>
  has(rule.verbs, verb) &&
  has(rule.apiGroups, group) &&
  has(rule.resources, resource) &&
  (!rule.resourceNames?.length || (name !== undefined && rule.resourceNames.includes(name)));

/** The needs that no rule covers. */
export const unmet = (needs: readonly Need[], rules: readonly Rule[]): Need[] =>
  needs.filter((need) => !rules.some((rule) => allows(rule, need)));

/** `list, watch nodes; bind clusterroles pluvia-tenant` */
export function needsText(needs: readonly Need[]): string {
  const by = new Map<string, string[]>();
  for (const { verb, resource, name } of needs) {
    const object = name === undefined ? resource : `${resource} ${name}`;
    by.set(object, [...(by.get(object) ?? []), verb]);
  }
  return [...by].map(([object, verbs]) => `${verbs.join(", ")} ${object}`).join("; ");
}

interface RulesReview extends KubernetesObject {
  readonly status?: { readonly resourceRules?: readonly Rule[] };
}
interface AccessReview extends KubernetesObject {
  readonly status?: { readonly allowed?: boolean };
}

/** Reviews are made, answered and not kept: they have no name. */
const review = <T>({ transport }: Pick<Client, "transport">, kind: string, spec: object): Promise<T> => {
  const apiVersion = "authorization.k8s.io/v1";
  const path = `/apis/${apiVersion}/${kind.toLowerCase()}s`;
  return transport.json<T>({ method: "POST", path, body: { apiVersion, kind, spec } });
};

async function missingRights(client: Pick<Client, "transport">, namespace: string, needs: readonly Need[]): Promise<Need[]> {
  const { status } = await review<RulesReview>(client, "SelfSubjectRulesReview", { namespace });
  // Not every authorizer can list its rules: what is not among them is asked for one by one.
  const unlisted = unmet(needs, status?.resourceRules ?? []);
  const answers = await Promise.all(
    unlisted.map(({ verb, group, resource, name }) => {
      const resourceAttributes = { namespace, verb, group, resource, ...(name !== undefined && { name }) };
      return review<AccessReview>(client, "SelfSubjectAccessReview", { resourceAttributes });
    }),
  );
  return unlisted.filter((_, at) => answers[at]?.status?.allowed !== true);
}

async function versionFinding({ transport }: Pick<Client, "transport">): Promise<Preflight> {
  const { major, minor } = await transport.json<{ major: string; minor: string }>({ method: "GET", path: "/version" });
  const version = `${major}.${minor}`;
  const number = Number.parseInt(minor, 10);
  if (!(number >= oldestMinor)) return preflightFinding("version.old", { version, oldest: `1.${oldestMinor}` });
  if (number > newestMinor) return preflightFinding("version.new", { version, newest: `1.${newestMinor}` });
  return preflightFinding("version.ok", { version });
}

interface Binding extends KubernetesObject {
  readonly subjects?: readonly { readonly namespace?: string }[];
}
/** Namespaces that are looked at to find one of ours. */
const looksMax = 20;

/** Whether it was made by another data center's agents, in the same cluster. */
async function isOthers(client: Pick<Client, "get">, team: string, namespace: string): Promise<boolean> {
  const metadata = { name: agentBinding, namespace: team };
  const binding = await client.get<Binding>({ apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding", metadata });
  return binding !== null && !binding.subjects?.some((subject) => subject.namespace === namespace);
}

/** Of all our teams' namespaces one: the same role is bound in each. */
async function teamNamespace(client: Pick<Client, "list" | "get">, namespace: string): Promise<string | undefined> {
  const labels = { [ourLabels.managedBy]: "pluvia", [ourLabels.tenant]: "" };
  try {
    const { items } = await client.list<KubernetesObject>({ apiVersion: "v1", kind: "Namespace" }, { labels });
    const living = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined).slice(0, looksMax);
    for (const { metadata } of living) if (!(await isOthers(client, metadata.name, namespace))) return metadata.name;
    return undefined;
  } catch (error) {
    if (isFault(error, "forbidden")) return undefined; // told as a missing right
    throw error;
  }
}

async function rightsFinding(client: Pick<Client, "transport" | "list" | "get">, namespace: string): Promise<Preflight> {
  const team = await teamNamespace(client, namespace);
  const own = await missingRights(client, namespace, needsOf(agentRights, ["cluster", "agents"]));
  const inTeams = team === undefined ? [] : await missingRights(client, team, needsOf(agentRights, ["tenant"]));
  const missing = [...own, ...inTeams];
  if (missing.length === 0) return preflightFinding("rights.ok");
  return preflightFinding("rights.missing", { missing: needsText(missing).slice(0, 700) });
}

/** Who may not look hears that among the rights. */
async function storageFinding(client: Pick<Client, "list">): Promise<Preflight[]> {
  const kind = { apiVersion: "storage.k8s.io/v1", kind: "StorageClass" };
  const isDefault = (o: KubernetesObject): boolean =>
    o.metadata.annotations?.["storageclass.kubernetes.io/is-default-class"] === "true";
  try {
    const { items } = await client.list<KubernetesObject>(kind);
    if (items.length === 0) return [preflightFinding("storage.none")];
    const usual = items.find(isDefault);
    if (usual) return [preflightFinding("storage.ok", { storageClass: usual.metadata.name })];
    return [
      preflightFinding("storage.no-default", {
        names: items
          .map((o) => o.metadata.name)
          .join(", ")
          .slice(0, 300),
      }),
    ];
  } catch (error) {
    if (isFault(error, "forbidden")) return [];
    throw error;
  }
}

/** Who may not look hears that among the rights. */
async function nodesFinding(client: Pick<Client, "list">, now: Date): Promise<Preflight[]> {
  try {
    const { items } = await client.list<Node>({ apiVersion: "v1", kind: "Node" });
    return nodeFindings(items, await kubeletCertificates(items, now), now);
  } catch (error) {
    if (isFault(error, "forbidden")) return [];
    throw error;
  }
}

async function metricsFinding(client: Pick<Client, "groupVersions">): Promise<Preflight> {
  const served = await client.groupVersions();
  return preflightFinding(served.some((each) => each.startsWith("metrics.k8s.io/")) ? "metrics.ok" : "metrics.none");
}

/** What agents find of the cluster they are in, in words. Never rejects: a cluster that does not answer is a finding. */
export async function clusterPreflight(
  client: Pick<Client, "transport" | "list" | "get" | "groupVersions">,
  namespace: string,
  now = new Date(),
): Promise<Preflight[]> {
  try {
    const found = await Promise.all([
      versionFinding(client),
      rightsFinding(client, namespace),
      nodesFinding(client, now),
      storageFinding(client),
      metricsFinding(client),
    ]);
    return found.flat();
  } catch (error) {
    if (!isFault(error)) throw error;
    return [preflightFinding("cluster.unreachable", { reason: error.message.slice(0, 700) })];
  }
}
