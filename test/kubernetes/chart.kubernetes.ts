import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  agentsNamespace,
  chartFolder,
  everyValue,
  type Manifest,
  objectsOf,
  renderedChart,
  type Values,
} from "../support/chart.ts";
import type { Client } from "../../shared/adapters/kubernetes/client.ts";
import { kubernetesTools } from "../support/helm.ts";
import { describeOnKubernetes, openClient } from "./support.ts";

const minimal = { cloudUrl: "https://pluvia.example.org" };
const samples: readonly [string, Values][] = [
  ["only what is required", minimal],
  ["everything", everyValue],
];
const tools = process.env.PLUVIA_TEST_KUBECONFIG ? await kubernetesTools() : undefined;
const testWithTools = tools ? test : test.skip;

describeOnKubernetes("the agents' chart", () => {
  const home = mkdtempSync(join(tmpdir(), "pluvia-chart-"));
  // They are there before what is in them is asked about.
  const namespaces = renderedChart({ ...everyValue, createNamespace: true }).objects.filter((o) => o.kind === "Namespace");
  let client: Client;
  beforeAll(async () => {
    client = openClient();
    for (const namespace of namespaces) await client.apply(namespace);
  });
  afterAll(async () => {
    for (const namespace of namespaces) await client.remove(namespace, { propagation: "Background" });
    client.transport.close();
    rmSync(home, { recursive: true, force: true });
  });
  const helm = (...words: string[]) => execFileSync(String(tools?.helm), words, { encoding: "utf8" });
  const valuesFile = (values: Values): string => {
    const file = join(home, "values.json");
    writeFileSync(file, JSON.stringify(values));
    return file;
  };
  const byName = (objects: Manifest[]) => new Map(objects.map((o) => [`${o.kind}/${o.metadata.name}`, o]));

  describe.each(samples)("with %s", (_, values) => {
    testWithTools("is what helm makes of it, too", () => {
      const text = helm("template", "agents", chartFolder, "--namespace", agentsNamespace, "--values", valuesFile(values));
      expect(byName(objectsOf(text))).toEqual(byName(renderedChart(values).objects));
    });
    testWithTools("has nothing that helm would complain of", () => {
      expect(helm("lint", "--strict", chartFolder, "--values", valuesFile(values))).toContain("0 chart(s) failed");
    });
    test("is taken by a real API server, every object", async () => {
      for (const object of renderedChart({ ...values, createNamespace: true }).objects) {
        const path = `${await client.pathOf(object, object.metadata)}/${object.metadata.name}`;
        const query = { fieldManager: "kubectl", dryRun: "All", force: true, fieldValidation: "Strict" };
        const contentType = "application/apply-patch+yaml";
        await client.transport.json({ method: "PATCH", path, query, contentType, body: object });
      }
    });
  });

  testWithTools("refuses values that are none, by name", () => {
    const run = (values: Values) => () => helm("template", "agents", chartFolder, "--values", valuesFile(values));
    expect(run({ cloudUrl: "pluvia" })).toThrow(/cloudUrl/);
    expect(run({ ...minimal, gateway: { type: "Ingress" } })).toThrow(/gateway\/type|gateway.type/);
    expect(run({ ...minimal, joinTokn: "x" })).toThrow(/joinTokn/);
  });
  testWithTools("kubectl takes the manifest that the platform serves", () => {
    const file = join(home, "agents.yaml");
    writeFileSync(file, renderedChart({ ...minimal, createNamespace: true }).text);
    const said = execFileSync(
      String(tools?.kubectl),
      ["--kubeconfig", String(process.env.PLUVIA_TEST_KUBECONFIG), "apply", "--dry-run=server", "-f", file],
      {
        encoding: "utf8",
      },
    );
    expect(said).toMatch(/deployment.apps\/pluvia-agents created \(server dry run\)/);
  });
});
