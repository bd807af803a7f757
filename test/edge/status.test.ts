import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, credentials, loadPackageDefinition, Metadata, type ServiceError, status as codes } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { protoOptions, statusProto } from "../../edge-agents/status/grpc.ts";
import { statusService } from "../../edge-agents/status/service.ts";
import { systemClock } from "../../shared/adapters/local/clock.ts";
import { memoryCluster } from "../../shared/adapters/memory/cluster.ts";
import { eventually } from "../support/eventually.ts";
import { componentId, workloadOf } from "./workloads.ts";

interface Component {
  id: string;
  tenant: string;
  status: string;
  generation: number;
  servingRelease: string;
  instances: { state: string }[];
  endpoints: { port: number; instance: string; host: string; hostPort: number }[];
  advice: { code: string; next: string }[];
}
type Event = { event: "changed" | "removed" | "synced"; changed?: Component; removed?: string };
type Unary = (request: object, metadata: Metadata, reply: (error: ServiceError | null, value: never) => void) => void;
type StatusClient = Client & {
  ListComponents: Unary;
  GetCapacity: Unary;
  WatchComponents(request: object, metadata: Metadata): { on(event: string, take: (value: never) => void): void; cancel(): void };
};

const token = "a token of this test";
const bearer = (value = token) => {
  const metadata = new Metadata();
  metadata.set("authorization", `Bearer ${value}`);
  return metadata;
};

const loaded = loadPackageDefinition(loadSync(statusProto, protoOptions)) as unknown as {
  pluvia: { status: { v1: { Status: new (address: string, with_: object) => StatusClient } } };
};
const clientFor = (address: string) => new loaded.pluvia.status.v1.Status(address, credentials.createInsecure());

describe("W4: the status service over gRPC", () => {
  const home = mkdtempSync(join(tmpdir(), "pluvia-status-"));
  const cluster = memoryCluster({ clock: systemClock() });
  let service: Awaited<ReturnType<typeof statusService>>;
  let client: StatusClient;
  const call = <A>(method: "ListComponents" | "GetCapacity", request: object, metadata = bearer()): Promise<A> =>
    new Promise((resolve, reject) =>
      client[method](request, metadata, (error, value) => (error ? reject(error) : resolve(value))),
    );
  const list = (request: object = {}) => call<{ components: Component[]; nextPageToken: string }>("ListComponents", request);
  const otherTenant = (n: number) => ({
    ...workloadOf(n),
    tenant: "tnt_0000000000000002" as ReturnType<typeof workloadOf>["tenant"],
  });

  beforeAll(async () => {
    service = await statusService({ cluster, address: "127.0.0.1:0", token, home });
    client = clientFor(service.address);
  });
  afterAll(() => {
    client.close();
    service.stop();
    cluster.close();
    rmSync(home, { recursive: true });
  });

  test("components are listed with status, instances, endpoints; page by page; by team", async () => {
    for (const n of [1, 2, 3]) await cluster.apply(workloadOf(n));
    await cluster.apply(otherTenant(4));
    await eventually("all run", async () => (await list()).components.filter((c) => c.status === "running").length === 4);
    const first = await list({ pageSize: 3 });
    expect(first.components.map((c) => c.id)).toEqual([1, 2, 3].map(componentId));
    const second = await list({ pageSize: 3, pageToken: first.nextPageToken });
    expect([second.components.map((c) => c.id), second.nextPageToken]).toEqual([[componentId(4)], ""]);
    expect((await list({ tenant: "tnt_0000000000000002" })).components.map((c) => c.id)).toEqual([componentId(4)]);
    const [one] = first.components;
    expect(one).toMatchObject({ generation: 1, instances: [{ state: "ready" }], endpoints: [{ port: 3000, hostPort: 3000 }] });
    expect(one?.servingRelease).toBe(workloadOf(1).release);
  });

  test("a watch brings what is there, then synced, then every change and removal", async () => {
    const events: Event[] = [];
    const watch = client.WatchComponents({ tenant: "tnt_0000000000000001" }, bearer());
    watch.on("data", (event: Event) => void events.push(event));
    watch.on("error", () => {}); // the cancel below
    await eventually("synced", async () => events.some((e) => e.event === "synced"));
    expect(events.map((e) => e.changed?.id ?? e.event)).toEqual([...[1, 2, 3].map(componentId), "synced"]);
    await cluster.apply(workloadOf(1, { release: 2, replicas: 2 }));
    await cluster.remove(componentId(2));
    await cluster.remove(componentId(4)); // another team's
    const newest = () => events.filter((e) => e.changed?.id === componentId(1)).at(-1)?.changed;
    await eventually("the new release runs", async () => newest()?.status === "running" && newest()?.generation === 2);
    await eventually("the removal was told", async () => events.some((e) => e.removed === componentId(2)));
    expect(newest()?.instances.map((i) => i.state)).toEqual(["ready", "ready"]);
    expect(events.filter((e) => e.removed === componentId(4))).toEqual([]);
    watch.cancel();
  });

  test("capacity is answered", async () => {
    expect(await call<{ instances: number }>("GetCapacity", {})).toMatchObject({
      instances: (await cluster.capacity()).instances,
    });
  });

  test("without a host it answers at every address, of whichever family", async () => {
    const own = mkdtempSync(join(tmpdir(), "pluvia-status-"));
    const everywhere = await statusService({ cluster, address: ":0", token, home: own });
    const [name, port] = everywhere.address.split(":");
    expect(name).toBe("localhost");
    const loopbacks = (networkInterfaces()["lo"] ?? []).map(({ address, family }) =>
      family === "IPv6" ? `[${address}]` : address,
    );
    for (const host of loopbacks) {
      const other = clientFor(`${host}:${port}`);
      await new Promise((resolve, reject) =>
        other.GetCapacity({}, bearer(), (error, value) => (error ? reject(error) : resolve(value))),
      );
      other.close();
    }
    everywhere.stop();
    rmSync(own, { recursive: true });
  });

  test("a wrong or missing token is refused, on unary calls and on watches", async () => {
    for (const metadata of [new Metadata(), bearer("wrong")]) {
      await expect(call("ListComponents", {}, metadata)).rejects.toMatchObject({ code: codes.UNAUTHENTICATED });
      const refusal = await new Promise<ServiceError>((resolve) => client.WatchComponents({}, metadata).on("error", resolve));
      expect(refusal.code).toBe(codes.UNAUTHENTICATED);
    }
  });

  test("programs of this machine find address and token in status.json", () => {
    expect(JSON.parse(readFileSync(join(home, "status.json"), "utf8"))).toEqual({ address: service.address, token });
  });
});
