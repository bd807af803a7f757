import { readFileSync } from "node:fs";
import { settingsOf } from "../../edge-agents/settings.ts";
import { agentRights, type Right, rightsAsMarkdown } from "../../shared/domain/agent-rights.ts";
import { everyValue, type Manifest, renderedChart } from "../support/chart.ts";
import { expectGolden } from "../support/golden.ts";

const minimal = { cloudUrl: "https://pluvia.example.org", joinToken: "token" };
const find = (objects: Manifest[], kind: string, name: string): Manifest => {
  const found = objects.find((o) => o.kind === kind && o.metadata.name === name);
  if (!found) throw new Error(`there is no ${kind} ${name}`);
  return found;
};

test("the manifests for kubectl are these", () =>
  expectGolden("test/golden/agents.yaml", `${renderedChart({ ...minimal, createNamespace: true }).text}\n`));

describe("least privilege", () => {
  const { objects } = renderedChart(everyValue);
  const ruleOf = ({ groups, resources, names, verbs }: Omit<Right, "scope" | "reason">) => ({
    apiGroups: groups,
    resources,
    ...(names && { resourceNames: names }),
    verbs,
  });
  const roles: readonly [Right["scope"], string, string][] = [
    ["cluster", "ClusterRole", "pluvia-agents"],
    ["agents", "Role", "pluvia-agents"],
    ["tenant", "ClusterRole", "pluvia-tenant"],
    ["builds", "Role", "pluvia-builds"],
    ["usage", "ClusterRole", "pluvia-agents-usage"],
  ];
  test.each(roles)("the rights of scope %s are the rules of %s %s, each with its reason", (scope, kind, name) => {
    const rights = agentRights.filter((right) => right.scope === scope);
    expect(find(objects, kind, name)["rules"]).toEqual(rights.map(ruleOf));
    for (const right of rights) expect(right.reason.length).toBeGreaterThan(20);
  });
  test("the page for people tells the same", () => expectGolden("docs/kubernetes-permissions.md", rightsAsMarkdown()));
  test("no rule has a wildcard, none reads Secrets everywhere, the usage of nodes only when it is asked for", () => {
    expect(JSON.stringify(agentRights)).not.toContain('"*"');
    for (const { resources } of agentRights.filter((right) => right.scope === "cluster"))
      expect(resources).not.toEqual(expect.arrayContaining([expect.stringMatching(/secret|pods|configmap/)]));
    expect(renderedChart(minimal).objects.map((o) => o.metadata.name)).not.toContain("pluvia-agents-usage");
  });
});

describe("the Deployment", () => {
  const { objects } = renderedChart(everyValue);
  const deployment = find(objects, "Deployment", "pluvia-agents");
  const pod = deployment["spec"].template.spec;
  const [container] = pod.containers;

  test("runs restricted: not as root, no capability, no writing into its image", () => {
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
  });
  test("every variable it sets is read by the agents, or by Node", () => {
    const settings = readFileSync("edge-agents/settings.ts", "utf8");
    const names: string[] = container.env.map((each: { name: string }) => each.name);
    expect(names.filter((name) => name.startsWith("PLUVIA_") && !settings.includes(`"${name}"`))).toEqual([]);
    expect(names.filter((name) => !name.startsWith("PLUVIA_")).sort()).toEqual([
      "HTTPS_PROXY",
      "HTTP_PROXY",
      "NODE_EXTRA_CA_CERTS",
      "NODE_USE_ENV_PROXY",
      "NO_PROXY",
    ]);
  });
  test("C6: what it says of builds is what builders get: image, credentials, sizes, mirrors, and the authorities that the agents trust", () => {
    const given = container.env.flatMap(({ name, value }: { name: string; value?: string }) => (value ? [[name, value]] : []));
    const authorities = "package.json";
    const settings = settingsOf({ ...Object.fromEntries(given), NODE_EXTRA_CA_CERTS: authorities });
    expect(settings.kubernetes.builds).toEqual({
      image: "registry.example.org/builder:1",
      pullSecrets: ["pull"],
      namespace: "builds",
      podSecurity: "restricted",
      memoryMib: 4_096,
      diskMib: 10_240,
      reach: ["10.0.0.0/8"],
      settingsSecret: "mirrors",
      proxy: expect.objectContaining({ HTTPS_PROXY: everyValue["proxyUrl"] }),
      certificates: readFileSync(authorities, "utf8"),
      otlpEndpoint: undefined,
    });
  });
  test("an update never has less than all replicas, and prefers other nodes", () => {
    expect(deployment["spec"].strategy.rollingUpdate).toEqual({ maxUnavailable: 0, maxSurge: 1 });
    expect(JSON.stringify(pod.affinity.podAntiAffinity)).toContain("kubernetes.io/hostname");
  });
});
