import { connect } from "node:net";
import type { Node } from "../../shared/adapters/kubernetes/shapes.ts";
import type { Component } from "../../shared/contract/component.ts";
import { type Platform, removeHome, signUp, startPlatform } from "../e2e/platform.ts";
import { eventually } from "../support/eventually.ts";
import { type JoinedCluster, joinCluster } from "./agents.ts";
import { testImage } from "./agent-parts.ts";
import { describeOnKubernetes, openClient, page } from "./support.ts";

const kubeconfig = String(process.env.PLUVIA_TEST_KUBECONFIG);
const longMs = 240_000;

/** What answers there. */
const said = (url: string): Promise<string> =>
  new Promise((resolve) => {
    const { hostname, port } = new URL(url);
    let text = "";
    const socket = connect({ host: hostname, port: Number(port), timeout: 5_000 }, () => socket.write("GET / HTTP/1.0\r\n\r\n"));
    socket.on("data", (data) => {
      text += String(data);
    });
    const end = () => {
      resolve(text);
      socket.destroy();
    };
    socket.on("close", end).on("error", end).on("timeout", end);
  });

describeOnKubernetes("E1: external TCP ports of a real cluster", () => {
  let platform: Platform;
  let call: Awaited<ReturnType<typeof signUp>>["call"];
  let cluster: JoinedCluster;
  let component: Component;

  beforeAll(async () => {
    platform = await startPlatform();
    ({ call } = await signUp(platform.url));
    const client = openClient();
    const [node] = (await client.list<Node>({ apiVersion: "v1", kind: "Node" })).items;
    client.transport.close();
    const address = node?.status?.addresses?.find((a) => a.type === "InternalIP")?.address;
    cluster = await joinCluster(
      { url: platform.url, call },
      { name: "tcp", kubeconfig, env: { PLUVIA_TCP: "NodePort", PLUVIA_TCP_HOST: String(address) } },
    );
  }, longMs);
  afterAll(async () => {
    await cluster?.leave();
    await platform?.stop();
    if (platform) await removeHome(platform.home);
  }, longMs);

  const addressed = (of: RegExp) =>
    eventually(
      `it has an address like ${of}`,
      async () => {
        const now = await call<Component>("GET", `/v1/components/${component.id}`);
        return now.addresses.map((a) => a.url).find((url) => of.test(url));
      },
      longMs,
    );

  test(
    "by NodePort: a port of the nodes, told and answering, kept by a stop",
    async () => {
      const application = await call<{ id: string }>("POST", "/v1/applications", { name: "shop" });
      component = await call<Component>("POST", `/v1/applications/${application.id}/components`, {
        name: "db",
        source: { kind: "image", image: testImage },
        dataCenter: cluster.dataCenter.id,
        configuration: {
          command: page("rows"),
          ports: [{ port: 8_080, protocol: "tcp", internal: true, external: true }],
          resources: { memoryMib: 32, cpuMillis: 100 },
          health: { kind: "tcp" },
        },
      });
      await call("POST", `/v1/components/${component.id}/deploy`, {});
      const url = await addressed(/^tcp:\/\/[\d.]+:\d+$/);
      await eventually("it answers", async () => /rows/.test(await said(url)), longMs);
      for (const action of ["stop", "start"]) await call("POST", `/v1/components/${component.id}/${action}`);
      expect(await addressed(/^tcp:/)).toBe(url);
      await eventually("it answers again", async () => /rows/.test(await said(url)), longMs);
    },
    longMs * 2,
  );

  test(
    "by LoadBalancer: none before the cluster has given one, then that; the team's quota follows the setting",
    async () => {
      await cluster.agents.kill();
      await cluster.again({ PLUVIA_TCP: "LoadBalancer" });
      await cluster.agents.ready();
      const service = () =>
        cluster
          .ours("Service", "v1")
          .then(
            (all) =>
              all.find((each) => each.metadata.name.endsWith("-tcp")) as
                | { metadata: { name: string; namespace?: string }; spec: { type: string } }
                | undefined,
          );
      await eventually("its Service is a load balancer's", async () => (await service())?.spec.type === "LoadBalancer", longMs);
      const made = await service();
      // What a controller of load balancers would do.
      await cluster.client.transport.json({
        method: "PATCH",
        path: `/api/v1/namespaces/${made?.metadata.namespace}/services/${made?.metadata.name}/status`,
        contentType: "application/merge-patch+json",
        body: { status: { loadBalancer: { ingress: [{ hostname: "balancer.example.org" }] } } },
      });
      expect(await addressed(/balancer/)).toBe("tcp://balancer.example.org:8080");
    },
    longMs * 2,
  );

  test(
    "without either: the data center says so, and a port is refused before anything is changed",
    async () => {
      await cluster.agents.kill();
      await cluster.again({ PLUVIA_TCP: "none" });
      await cluster.agents.ready();
      await eventually(
        "the data center says so",
        async () => {
          const { capabilities } = await call<JoinedCluster["dataCenter"]>("GET", `/v1/data-centers/${cluster.dataCenter.id}`);
          return capabilities.find((c) => c.name === "tcp")?.available === false;
        },
        longMs,
      );
      const ports = [{ port: 9_090, protocol: "tcp", internal: true, external: true }];
      const update = { kind: "update", update: { configuration: { ports }, generation: component.generation } };
      await expect(call("POST", `/v1/components/${component.id}/plan`, update)).rejects.toThrow(/cannot\.tcp/);
    },
    longMs,
  );
});
