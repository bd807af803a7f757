import * as fc from "fast-check";
import type { Manifest } from "../../shared/adapters/kubernetes/render/manifest.ts";
import { namespaceManifests } from "../../shared/adapters/kubernetes/render/namespace.ts";
import { namespaceFor } from "../../shared/adapters/kubernetes/render/names.ts";
import { podFor } from "../../shared/adapters/kubernetes/render/pod.ts";
import { render } from "../../shared/adapters/kubernetes/render/render.ts";
import type { Workload } from "../../shared/contract/agent.ts";
import { always, anyWorkload } from "./any-workload.ts";
import { clusters, context, namespaceContext, samples } from "./workloads.ts";

const cluster = context(clusters["1.35"]);

type Labels = Readonly<Record<string, string>>;
interface Selector {
  readonly matchLabels?: Labels;
}
interface Policy {
  readonly podSelector: Selector;
  readonly policyTypes: readonly string[];
  readonly ingress?: readonly {
    readonly from: readonly { readonly podSelector: Selector; readonly namespaceSelector?: Selector }[];
    readonly ports: readonly { readonly port: number }[];
  }[];
}
interface Pod {
  readonly namespace: string;
  readonly namespaceLabels: Labels;
  readonly labels: Labels;
}

const matches = ({ matchLabels = {} }: Selector, labels: Labels): boolean =>
  Object.entries(matchLabels).every(([key, value]) => labels[key] === value);

const podOf = (w: Workload): Pod => ({
  namespace: namespaceFor(w.tenant),
  namespaceLabels: namespaceManifests(w.tenant, namespaceContext)[0]?.metadata.labels ?? {},
  labels: podFor(w, cluster).template.metadata.labels,
});

/** Network policies as Kubernetes reads them: who is selected by one may be reached only as one says. */
function reaches(from: Pod, to: Pod, port: number, policies: readonly Manifest[]): boolean {
  const selecting = policies
    .filter((m) => m.kind === "NetworkPolicy" && m.metadata.namespace === to.namespace)
    .map((m) => m["spec"] as Policy)
    .filter((p) => p.policyTypes.includes("Ingress") && matches(p.podSelector, to.labels));
  if (selecting.length === 0) return true;
  return selecting.some((policy) =>
    (policy.ingress ?? []).some(
      (rule) =>
        rule.ports.some((p) => p.port === port) &&
        rule.from.some(({ podSelector, namespaceSelector }) => {
          const fromThere = namespaceSelector
            ? matches(namespaceSelector, from.namespaceLabels)
            : from.namespace === to.namespace;
          return fromThere && matches(podSelector, from.labels);
        }),
    ),
  );
}

const gateway: Pod = {
  namespace: "pluvia-system",
  namespaceLabels: { ...cluster.gateway.namespaceLabels, more: "" },
  labels: { ...cluster.gateway.podLabels, more: "" },
};
const policiesOf = (w: Workload): readonly Manifest[] => [
  ...namespaceManifests(w.tenant, namespaceContext),
  ...render(w, cluster),
];

describe("E1: ", () => {
  test("a component reaches another of its team at exactly the internal ports it declared to depend on", () => {
    always(fc.tuple(anyWorkload, anyWorkload, fc.boolean()), ([target, other, isSameTeam]) => {
      const dependent: Workload = {
        ...other,
        tenant: isSameTeam ? target.tenant : other.tenant,
        bindings: target.configuration.ports.slice(1).map(({ port, protocol }) => ({
          component: target.component,
          port,
          protocol,
          alias: `P${port}`,
        })),
      };
      target.configuration.ports.forEach(({ port, internal }, at) => {
        const declared = at > 0;
        expect(reaches(podOf(dependent), podOf(target), port, policiesOf(target))).toBe(isSameTeam && declared && internal);
      });
      expect(reaches(podOf(dependent), podOf(target), 70_000, policiesOf(target))).toBe(false);
    });
  });

  test("the gateway reaches external ports alone, and nobody who only looks like it", () => {
    always(anyWorkload, (target) => {
      for (const { port, external } of target.configuration.ports) {
        expect(reaches(gateway, podOf(target), port, policiesOf(target))).toBe(external);
        const pretender = { ...gateway, namespaceLabels: {} };
        expect(reaches(pretender, podOf(target), port, policiesOf(target))).toBe(false);
      }
    });
  });

  test("instances of a stateful component reach each other, those of others do not", () => {
    expect(reaches(podOf(samples.stateful), podOf(samples.stateful), 5_432, policiesOf(samples.stateful))).toBe(true);
    expect(reaches(podOf(samples.autoscaled), podOf(samples.autoscaled), 8_080, policiesOf(samples.autoscaled))).toBe(false);
  });
});
