import { systemClock } from "../../shared/adapters/local/clock.ts";
import { watchCache } from "../../shared/adapters/kubernetes/cache.ts";
import type { Client } from "../../shared/adapters/kubernetes/client.ts";
import type { KubernetesObject } from "../../shared/adapters/kubernetes/object.ts";
import { eventually } from "../support/eventually.ts";
import { describeOnKubernetes, openClient, unique } from "./support.ts";

interface ConfigMap extends KubernetesObject {
  readonly data?: Readonly<Record<string, string>>;
}

describeOnKubernetes("the client, on a real API server", () => {
  const namespace = `client-${unique()}`;
  const configMap = (name: string, data: Record<string, string>, more: object = {}): ConfigMap => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace, labels: { it: "ours" }, ...more },
    data,
  });
  let client: Client;
  beforeAll(async () => {
    client = openClient();
    await client.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  });
  afterAll(async () => {
    await client.remove({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }, { propagation: "Background" });
    client.transport.close();
  });

  test("applying is idempotent, takes away what is no longer wanted, and leaves the fields of others", async () => {
    const first = await client.apply(configMap("mine", { a: "1", b: "2" }));
    const again = await client.apply(configMap("mine", { a: "1", b: "2" }));
    expect(again.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    await client.transport.json({
      method: "PATCH",
      path: `/api/v1/namespaces/${namespace}/configmaps/mine`,
      contentType: "application/merge-patch+json",
      query: { fieldManager: "somebody" },
      body: { data: { a: "theirs", c: "theirs" } },
    });
    const mended = await client.apply(configMap("mine", { a: "1" }));
    expect(mended.data).toEqual({ a: "1", c: "theirs" });
  });

  test("an object that has changed since it was read is a conflict", async () => {
    const old = await client.apply(configMap("guarded", { a: "1" }));
    await client.apply(configMap("guarded", { a: "2" }));
    const stale = configMap("guarded", { a: "3" }, { resourceVersion: old.metadata.resourceVersion });
    await expect(client.apply(stale)).rejects.toMatchObject({ code: "conflict" });
  });

  test("an object that was removed since it was read is not made anew", async () => {
    const { metadata } = await client.apply(configMap("removed", { a: "1" }));
    await client.remove(configMap("removed", {}), { propagation: "Background" });
    const { uid, resourceVersion } = metadata;
    await expect(client.apply(configMap("removed", { a: "2" }, { uid, resourceVersion }))).rejects.toMatchObject({
      code: "conflict",
    });
    expect(await client.get(configMap("removed", {}))).toBeNull();
  });

  test("refusals are faults that name the field; what is absent is null, and removing it is fine", async () => {
    await expect(client.apply(configMap("Bad_Name", {}))).rejects.toMatchObject({
      code: "invalid",
      fields: [{ path: "metadata.name", message: expect.stringContaining("RFC 1123") }],
    });
    expect(await client.get(configMap("absent", {}))).toBeNull();
    await client.remove(configMap("absent", {}), { propagation: "Background" });
    await expect(client.list({ apiVersion: "pluvia.example/v1", kind: "Dream" })).rejects.toMatchObject({ code: "not_found" });
  });

  test("removal by uid leaves a later object of the same name", async () => {
    const first = await client.apply(configMap("again", {}));
    await client.remove(first, { propagation: "Background", uid: first.metadata.uid });
    await client.apply(configMap("again", {}));
    await client.remove(first, { propagation: "Background", uid: first.metadata.uid });
    expect(await client.get(first)).not.toBeNull();
  });

  test("a cache follows additions, changes and removals, over broken connections too", async () => {
    const errors: unknown[] = [];
    const clock = systemClock();
    const own = openClient();
    const cache = watchCache<ConfigMap>(
      { client: own, clock, random: () => 0, changed: () => {}, onError: (error) => errors.push(error) },
      { apiVersion: "v1", kind: "ConfigMap" },
      { namespace, labels: { watched: "yes" } },
    );
    const watched = (name: string, value: string) => configMap(name, { value }, { labels: { watched: "yes" } });
    try {
      await client.apply(watched("w1", "1"));
      await cache.ready();
      cache.learn(await client.apply(watched("w2", "1")));
      expect(
        cache
          .items()
          .map((o) => o.metadata.name)
          .sort(),
      ).toEqual(["w1", "w2"]);
      // The connection breaks; what happens meanwhile is heard afterwards.
      own.transport.close();
      await client.apply(watched("w1", "2"));
      await client.remove(watched("w2", ""), { propagation: "Background" });
      await eventually("it caught up", async () => cache.get("w1")?.data?.["value"] === "2" && cache.get("w2") === undefined);
      expect(errors.length).toBeGreaterThan(0);
    } finally {
      cache.stop();
      own.transport.close();
    }
  });
});
