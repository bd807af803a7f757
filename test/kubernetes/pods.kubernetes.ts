import type { Client } from "../../shared/adapters/kubernetes/client.ts";
import type { KubernetesObject } from "../../shared/adapters/kubernetes/object.ts";
import { namespaceManifests } from "../../shared/adapters/kubernetes/render/namespace.ts";
import { labels, namespaceFor } from "../../shared/adapters/kubernetes/render/names.ts";
import { render } from "../../shared/adapters/kubernetes/render/render.ts";
import { discover, type Served } from "../../shared/adapters/kubernetes/versions.ts";
import type { Workload } from "../../shared/contract/agent.ts";
import type { Configuration } from "../../shared/contract/component.ts";
import { ComponentId, TenantId } from "../../shared/contract/id.ts";
import { eventually } from "../support/eventually.ts";
import { context, namespaceContext, workload } from "../render/workloads.ts";
import { describeOnKubernetes, openClient, unique } from "./support.ts";

interface Pod extends KubernetesObject {
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}
const isReady = (pod: Pod): boolean => pod.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True") ?? false;

const busybox = "localhost/busybox:1";
const image = { kind: "image", reference: busybox, digest: null, command: null, variables: {} } as const;
const resources = { memoryMib: 32, cpuMillis: 100 };
const tenant = TenantId.parse(`tnt_${unique()}0000`);
const namespace = namespaceFor(tenant);

describeOnKubernetes("W3: on a real node", () => {
  let client: Client;
  let served: Served;
  beforeAll(async () => {
    client = openClient();
    served = await discover(client);
    for (const manifest of namespaceManifests(tenant, namespaceContext)) await client.apply(manifest);
  });
  afterAll(async () => {
    await client.remove({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }, { propagation: "Background" });
    client.transport.close();
  });

  /** A component that runs a script. With volumes it is an image that runs as root: those of the test cluster belong to root whatever a pod asks. */
  function component(name: string, script: string, configuration: Partial<Configuration>) {
    const id = ComponentId.parse(`cmp_${name.padEnd(16, "0")}`);
    const made = workload(
      { resources, graceSeconds: 1, ...configuration },
      { tenant, component: id, ...(configuration.volumes && { artifact: image }) },
    );
    const cluster = context(served, {
      podSecurity: "baseline",
      priorityClasses: null,
      image: { reference: busybox, command: ["/bin/sh", "-c", script], variables: {}, attachments: {} },
    });
    const put = async (w: Workload): Promise<void> => {
      for (const manifest of render(w, cluster)) await client.apply(manifest);
    };
    const pods = async (): Promise<Pod[]> => {
      const found = await client.list<Pod>({ apiVersion: "v1", kind: "Pod" }, { namespace, labels: { [labels.component]: id } });
      return found.items.sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
    };
    const output = async (pod: string, container = "app"): Promise<string> => {
      const path = `/api/v1/namespaces/${namespace}/pods/${pod}/log`;
      const answer = await client.transport.stream({ method: "GET", path, query: { container } });
      const chunks: Buffer[] = [];
      for await (const chunk of answer) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks).toString();
    };
    return { id, made, put, pods, output };
  }
  const soon = (what: string, ask: () => Promise<boolean>): Promise<unknown> => eventually(what, ask);
  const ready = (pods: () => Promise<Pod[]>, count: number): Promise<unknown> =>
    soon(`${count} are ready`, async () => {
      const all = await pods();
      return all.length === count && all.every(isReady);
    });

  test("an instance has its user, variables, files, volumes, init and side containers, and listens where it is told", async () => {
    const script = [
      "echo user $(id -u) pid $$",
      "echo $GREETING from $PLUVIA_INSTANCE on $PORT",
      "cat /etc/demo/settings; /usr/local/bin/greet",
      "echo kept > /shared/of-app; cat /shared/of-init",
      "mount | grep -c 'on /memory type tmpfs'",
      "ls /var/run/secrets/kubernetes.io 2>&1",
      "mkdir /tmp/www; exec busybox httpd -f -p $PORT -h /tmp/www",
    ].join("\n");
    const attachment = { image: busybox, variables: { LEVEL: "info" }, resources };
    const web = component("web", script, {
      ports: [{ port: 8_080, protocol: "http", internal: true, external: true }],
      files: [
        { path: "/etc/demo/settings", content: "colour=blue\n", executable: false },
        { path: "/usr/local/bin/greet", content: "#!/bin/sh\necho greeted\n", executable: true },
      ],
      volumes: [
        { name: "shared", kind: "shared", path: "/shared", sizeMib: 16, storageClass: null },
        { name: "memory", kind: "memory", path: "/memory", sizeMib: 4, storageClass: null },
      ],
      attachments: [
        { ...attachment, name: "before", kind: "init", command: ["/bin/sh", "-c", "echo init $LEVEL > /shared/of-init"] },
        { ...attachment, name: "beside", kind: "sidecar", command: ["/bin/sh", "-c", "echo beside; exec sleep 1000"] },
      ],
    });
    await web.put(web.made);
    await ready(web.pods, 1);
    const [pod] = await web.pods();
    const name = String(pod?.metadata.name);
    const [user, ...rest] = (await web.output(name)).trim().split("\n");
    expect(user).toMatch(/^user 0 pid [1-9]\d*$/);
    expect(rest).toEqual([
      `good day from ${name} on 8080`,
      "colour=blue",
      "greeted",
      "init info",
      "1",
      expect.stringContaining("No such file"),
    ]);
    expect(await web.output(name, "attachment-beside")).toBe("beside\n");

    // The same again makes nothing anew; the pod stays through another generation and another number of instances.
    await web.put({ ...web.made, generation: 9, configuration: { ...web.made.configuration, replicas: 2 } });
    await ready(web.pods, 2);
    expect((await web.pods()).map((p) => p.metadata.name)).toContain(name);
  });

  test("W2: stateful instances start in order, each with a volume that outlives a stop; so does the address", async () => {
    const script = "cat /data/mine 2>/dev/null; echo $PLUVIA_INSTANCE >> /data/mine; exec busybox httpd -f -p $PORT -h /tmp";
    const store = component("store", script, {
      kind: "stateful",
      replicas: 2,
      ports: [{ port: 5_000, protocol: "tcp", internal: true, external: false }],
      volumes: [{ name: "data", kind: "exclusive", path: "/data", sizeMib: 16, storageClass: null }],
    });
    const service = { apiVersion: "v1", kind: "Service", metadata: { name: "cmp-store00000000000", namespace } };
    interface Service extends KubernetesObject {
      readonly spec: { readonly clusterIP: string };
    }
    await store.put(store.made);
    await ready(store.pods, 2);
    const address = (await client.get<Service>(service))?.spec.clusterIP;
    expect((await store.pods()).map((p) => p.metadata.name)).toEqual(["cmp-store00000000000-0", "cmp-store00000000000-1"]);

    await store.put({ ...store.made, wanted: "stopped" });
    await soon("all have ended", async () => (await store.pods()).length === 0);
    expect((await client.get<Service>(service))?.spec.clusterIP).toBe(address);
    await store.put(store.made);
    await ready(store.pods, 2);
    for (const pod of await store.pods()) expect(await store.output(pod.metadata.name)).toBe(`${pod.metadata.name}\n`);
  });

  test("a daemon has one instance on every node", async () => {
    const nodes = (await client.list({ apiVersion: "v1", kind: "Node" })).items.length;
    const daemon = component("daemon", "exec sleep 1000", {
      kind: "daemon",
      health: { kind: "none", path: "/", intervalSeconds: 5, timeoutSeconds: 3, failuresMax: 3, startSeconds: 10 },
    });
    await daemon.put(daemon.made);
    await ready(daemon.pods, nodes);
  });

  test("a job that was held can be let go, and runs to its end once per release", async () => {
    const job = component("job", "echo done $PLUVIA_RELEASE as $(id -u)", { kind: "job" });
    const succeeded = async (): Promise<number> => (await job.pods()).filter((p) => p.status?.phase === "Succeeded").length;
    await job.put({ ...job.made, wanted: "stopped" });
    await job.put(job.made);
    await soon("it has ended", async () => (await succeeded()) === 1);
    await job.put({ ...job.made, generation: 9 });
    await job.put({ ...job.made, releaseNumber: 8 });
    await soon("the next has ended", async () => (await succeeded()) === 2);
    const said = await Promise.all((await job.pods()).map((p) => job.output(p.metadata.name)));
    expect(said.sort()).toEqual(["done 7 as 10001\n", "done 8 as 10001\n"]);
  });
});
