import type { Manifest } from "../../shared/adapters/kubernetes/render/manifest.ts";
import { namespaceManifests } from "../../shared/adapters/kubernetes/render/namespace.ts";
import { labels, namespaceFor } from "../../shared/adapters/kubernetes/render/names.ts";
import { podFor } from "../../shared/adapters/kubernetes/render/pod.ts";
import { render } from "../../shared/adapters/kubernetes/render/render.ts";
import type { Workload } from "../../shared/contract/agent.ts";
import { always, anyWorkload } from "./any-workload.ts";
import { problemsOf } from "./schema.ts";
import { clusters, context, namespaceContext } from "./workloads.ts";

const newest = context(clusters["1.35"]);
const oldest = context(clusters["1.20"]);

/** Every object of labels within a manifest: its own, its pods', and those of selectors. */
function labelSets(value: unknown, key = ""): Record<string, string>[] {
  if (typeof value !== "object" || value === null) return [];
  const own = key === "labels" || key === "matchLabels" ? [value as Record<string, string>] : [];
  return [...own, ...Object.entries(value).flatMap(([k, part]) => labelSets(part, k))];
}
const prefix = "([a-z0-9]([-a-z0-9]*[a-z0-9])?\\.)*[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const word = "[A-Za-z0-9]([-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?";
const labelKey = new RegExp(`^(${prefix}/)?${word}$`);
const labelValue = new RegExp(`^(${word})?$`);

const namesOf = (m: Manifest): string => m.metadata.name;
/** Kinds whose name becomes a host name or a label of pods; all others may be longer. */
const shortNamed = /^(Service|Deployment|StatefulSet|DaemonSet|Job|CronJob|Namespace)$/;

describe("P9: manifests of any workload", () => {
  test("have names and labels that the API server takes, each name once", () => {
    always(anyWorkload, (w) => {
      const manifests = render(w, newest);
      for (const m of manifests) {
        expect(namesOf(m)).toMatch(
          shortNamed.test(m.kind) ? /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/ : /^[a-z0-9]([-a-z0-9]{0,251}[a-z0-9])?$/,
        );
        for (const [key, value] of labelSets(m).flatMap((set) => Object.entries(set))) {
          expect(key).toMatch(labelKey);
          expect(value).toMatch(labelValue);
        }
      }
      expect(new Set(manifests.map((m) => `${m.kind} ${namesOf(m)}`)).size).toBe(manifests.length);
    });
  });

  test("fit the schemas of the newest version", () => {
    always(anyWorkload, (w) => expect(render(w, newest).flatMap(problemsOf)).toEqual([]));
  });

  test("are the same for the same workload", () => {
    always(anyWorkload, (w) => {
      for (const c of [newest, oldest])
        expect(JSON.stringify(render(structuredClone(w), structuredClone(c)))).toBe(JSON.stringify(render(w, c)));
    });
  });

  test("E1: are all in its tenant's namespace, and say whose they are", () => {
    always(anyWorkload, (w) => {
      const own = namespaceManifests(w.tenant, namespaceContext);
      for (const m of [...render(w, oldest), ...own]) {
        if (m.kind === "Namespace") expect(namesOf(m)).toBe(namespaceFor(w.tenant));
        else expect(m.metadata.namespace).toBe(namespaceFor(w.tenant));
        expect(m.metadata.labels).toMatchObject({
          [labels.managedBy]: "pluvia",
          [labels.dataCenter]: newest.dataCenter,
          [labels.tenant]: w.tenant,
        });
      }
      expect(own.filter((m) => m.kind === "Namespace")).toHaveLength(1);
      expect(render(w, oldest).filter((m) => m.kind === "Namespace")).toHaveLength(0);
    });
  });

  test("show values of variables in Secrets alone, and there unchanged", () => {
    always(anyWorkload, (w) => {
      const values = [w.variables, ...w.configuration.attachments.map((a) => a.variables)].flatMap((v) => Object.values(v));
      const manifests = render(w, newest);
      const rest = JSON.stringify(manifests.filter((m) => m.kind !== "Secret"));
      const kept = manifests.flatMap((m) => Object.values((m["data"] ?? {}) as Record<string, string>));
      for (const value of values) {
        expect(rest).not.toContain(value.slice(0, "secret-".length + 12));
        if (!Object.hasOwn(w.variables, "PORT")) expect(kept).toContain(Buffer.from(value).toString("base64"));
      }
    });
  });

  test("W2: make the same pods whatever the generation, the number of instances, its bounds, and whether it is stopped", () => {
    always(anyWorkload, (w) => {
      const { kind } = w.configuration;
      const otherwise: Workload = {
        ...w,
        generation: w.generation + 1,
        wanted: w.wanted === "running" ? "stopped" : "running",
        configuration: {
          ...w.configuration,
          kind,
          replicas: 7,
          scaling: null,
          schedule: { cron: "1 1 1 1 1", overlap: "allow" },
        },
      };
      expect(podFor(otherwise, newest).template).toEqual(podFor(w, newest).template);
    });
  });

  test("make other pods when a variable, a file, the release or the count of restarts is another", () => {
    always(anyWorkload, (w) => {
      const others: Workload[] = [
        { ...w, variables: { ...w.variables, ANOTHER: "one" } },
        { ...w, restart: w.restart + 1 },
        { ...w, releaseNumber: w.releaseNumber + 1 },
        {
          ...w,
          configuration: { ...w.configuration, files: [{ path: "/etc/x", content: `${w.generation}`, executable: false }] },
        },
      ];
      const templates = [w, ...others].map((each) => JSON.stringify(podFor(each, newest).template));
      expect(new Set(templates).size).toBe(templates.length);
    });
  });
});
