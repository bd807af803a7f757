import type { Manifest } from "../../shared/adapters/kubernetes/render/manifest.ts";
import { namespaceManifests } from "../../shared/adapters/kubernetes/render/namespace.ts";
import { render } from "../../shared/adapters/kubernetes/render/render.ts";
import { tcpAddresses } from "../../shared/adapters/kubernetes/tcp-addresses.ts";
import type { Service } from "../../shared/adapters/kubernetes/shapes.ts";
import type { ExternalTcp } from "../../shared/adapters/kubernetes/render/context.ts";
import { clusters, context, namespaceContext, tenant, workload } from "./workloads.ts";

const port = (number: number, more: object = {}) => ({
  port: number,
  protocol: "tcp" as const,
  internal: true,
  external: true,
  ...more,
});
const database = workload({ ports: [port(5_432), port(9_187, { external: false }), port(8_080, { protocol: "http" })] });
const of = (tcp: ExternalTcp, wanted: "running" | "stopped" = "running") =>
  render({ ...database, wanted }, context(clusters["1.20"], { tcp }));
const entrance = (manifests: readonly Manifest[]) =>
  manifests.find((m) => m.kind === "Service" && m.metadata.name.endsWith("-tcp"))?.["spec"] as
    | { type: string; ports: { port: number }[] }
    | undefined;
const openToAll = (manifests: readonly Manifest[]) =>
  manifests
    .filter((m) => m.kind === "NetworkPolicy")
    .flatMap((m) => (m["spec"] as { ingress: { from?: unknown; ports: { port: number }[] }[] }).ingress)
    .flatMap((rule) => (rule.from === undefined ? rule.ports.map((p) => p.port) : []));

describe("E1: external TCP ports", () => {
  test.each(["NodePort", "LoadBalancer"] as const)("have an entrance of their own by %s, which a stop keeps", (tcp) => {
    for (const wanted of ["running", "stopped"] as const) {
      expect(entrance(of(tcp, wanted))).toMatchObject({ type: tcp });
      expect(entrance(of(tcp, wanted))?.ports.map((p) => p.port)).toEqual([5_432]);
    }
  });
  test("and nothing else is open to whoever comes", () => {
    expect(openToAll(of("NodePort"))).toEqual([5_432]);
    expect(openToAll(of(null))).toEqual([]);
    expect(entrance(of(null))).toBeUndefined();
  });
  test("are counted in the team's quota, which has none where they have no entrance", () => {
    const quota = (tcp: ExternalTcp) =>
      namespaceManifests(tenant, { ...namespaceContext, tcp }).find((m) => m.kind === "ResourceQuota")?.["spec"];
    const hard = (nodeports: string, loadbalancers: string) => ({
      hard: expect.objectContaining({ "services.nodeports": nodeports, "services.loadbalancers": loadbalancers }),
    });
    expect(quota(null)).toEqual(hard("0", "0"));
    expect(quota("NodePort")).toEqual(hard("50", "0"));
    expect(quota("LoadBalancer")).toEqual(hard("50", "50"));
  });
});

describe("E1: the address of an external TCP port", () => {
  const service = (type: string, ports: object[], ingress?: object[]) =>
    ({ spec: { type, ports }, status: { loadBalancer: { ...(ingress && { ingress }) } } }) as unknown as Service;
  test.each([
    ["a port of the nodes", service("NodePort", [{ port: 5_432, nodePort: 30_123 }]), ["tcp://apps.example.org:30123"]],
    ["none before the cluster has given one", service("NodePort", [{ port: 5_432 }]), []],
    ["none before the load balancer is there", service("LoadBalancer", [{ port: 5_432, nodePort: 30_123 }]), []],
    [
      "the balancer's name",
      service("LoadBalancer", [{ port: 5_432 }], [{ hostname: "b.example.org" }]),
      ["tcp://b.example.org:5432"],
    ],
    ["or its address", service("LoadBalancer", [{ port: 5_432 }], [{ ip: "192.0.2.7" }]), ["tcp://192.0.2.7:5432"]],
  ])("is %s", (_, found, urls) => {
    expect(tcpAddresses(found, "apps.example.org").map((a) => a.url)).toEqual(urls);
  });
});
