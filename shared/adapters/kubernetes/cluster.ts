import { Fault, isFault } from "../../base/fault.ts";
import type { Workload } from "../../contract/agent.ts";
import type { ComponentId, DataCenterId, TenantId } from "../../contract/id.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Cluster } from "../../ports/cluster.ts";
import type { ImageOf } from "../../ports/image-of.ts";
import { changes } from "../changes.ts";
import { capabilitiesOf, capacityOf } from "./capacity.ts";
import { nodesOf } from "./nodes.ts";
import { type Cache, type CacheParts, watchCache } from "./cache.ts";
import type { Client } from "./client.ts";
import { openExec } from "./exec.ts";
import { type Keeper, keeper } from "./keeper.ts";
import { logSpool } from "./log-spool.ts";
import type { KubernetesObject } from "./object.ts";
import { type ComponentFacts, observedOf } from "./observe.ts";
import { isLeaving, isOver, isReady } from "./pod.ts";
import { refuseForeign } from "./ownership.ts";
import { applied, newRecord, recordNameFor, recordOf, secretOf } from "./record.ts";
import type { NamespaceContext, RenderContext } from "./render/context.ts";
import { namespaceFor } from "./render/names.ts";
import { render } from "./render/render.ts";
import { revisionOf } from "./revision.ts";
import type { Node, Pod, Secret } from "./shapes.ts";
import { concerned, type TenantView } from "./tenant-view.ts";
import { tenantHomes } from "./tenant-homes.ts";
import { tenants } from "./tenants.ts";
import { usageMeter } from "./usage.ts";
import { discover } from "./versions.ts";

export interface KubernetesClusterParts {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: () => number;
  readonly dataCenter: DataCenterId;
  /** Folder for the output of instances. */
  readonly home: string;
  readonly imageOf: ImageOf;
  readonly render: Omit<RenderContext, "dataCenter" | "served" | "image">;
  readonly namespace: Omit<NamespaceContext, "dataCenter">;
  /** Of several agents one alone changes the cluster; the others observe. */
  readonly leads: () => boolean;
  readonly onError: (error: unknown) => void;
}
export interface KubernetesCluster extends Cluster {
  /** Who leads has changed. */
  wake(): void;
  /** Stops looking; what runs goes on. */
  close(): void;
}

/** A removal that takes longer is gone on with, but not waited for. */
const removalMs = 60_000;
const conflictsMax = 10;

interface Found {
  readonly view: TenantView;
  readonly secret: Secret;
}

/** Runs components on Kubernetes. All that it must remember is in the cluster: any agent can go on where another one ended. */
export async function kubernetesCluster(parts: KubernetesClusterParts): Promise<KubernetesCluster> {
  const { client, clock, dataCenter, onError } = parts;
  const served = await discover(client);
  const told = changes();
  const keepers = new Map<ComponentId, Keeper>();
  const cacheParts: CacheParts = { client, clock, random: parts.random, changed, onError };
  const all = tenants(cacheParts, dataCenter, { cronJob: { apiVersion: served.cronJob, kind: "CronJob" } });
  const homes = tenantHomes({ ...parts, tenants: all });
  const nodes = watchCache<Node>(cacheParts, { apiVersion: "v1", kind: "Node" });
  const usage = usageMeter(client, clock);
  const spool = logSpool({ client, clock, random: parts.random, home: parts.home, onError });
  let isClosed = false;

  const found = (component: ComponentId): Found | undefined => {
    for (const view of all.views()) {
      const secret = view.records.get(recordNameFor(component));
      if (secret) return { view, secret };
    }
    return undefined;
  };
  const podsOf = (view: TenantView, component: string): readonly Pod[] => view.pods.of(component);
  const allPods = (): Pod[] => all.views().flatMap((view) => view.pods.items());

  function factsOf({ view, secret }: Found): ComponentFacts | null {
    const record = recordOf(secret);
    if (!record) return null;
    const { component } = record.workload;
    const pods = podsOf(view, component);
    return {
      record,
      makers: {
        deployment: view.deployments.of(component)[0],
        statefulSet: view.statefulSets.of(component)[0],
        daemonSet: view.daemonSets.of(component)[0],
        jobs: view.jobs.of(component),
        cronJob: view.cronJobs.of(component)[0],
      },
      pods,
      claims: view.claims.of(component),
      events: view.events.of(component),
      nodes: nodes.items(),
      allPods,
      usage: (pod) => usage.pod(view.namespace, pod.metadata.name),
      logs: (pod) => spool.filesOf(pod),
      endedLogs: spool.endedOf(component, pods),
      now: clock.now(),
    };
  }

  function keep({ view, secret }: Found, component: ComponentId): Keeper {
    const watched: Record<string, Pick<Cache<KubernetesObject>, "get" | "caughtUp">> = {
      Deployment: view.deployments,
      StatefulSet: view.statefulSets,
      DaemonSet: view.daemonSets,
      Job: view.jobs,
      CronJob: view.cronJobs,
      PersistentVolumeClaim: view.claims,
      Service: view.services,
      NetworkPolicy: view.networkPolicies,
      ConfigMap: view.configMaps,
      Secret: view.contents,
    };
    return keeper({
      client,
      clock,
      random: parts.random,
      served,
      owner: { namespace: secret.metadata.namespace ?? view.namespace, component, dataCenter },
      look: () => {
        const now = found(component);
        const facts = now && factsOf(now);
        return facts ? { facts, secret: now.secret } : undefined;
      },
      seen: {
        of: (o) => {
          const cache = watched[o.kind];
          return cache && (cache.get(o.metadata.name) ?? null);
        },
        caughtUp: async (o) => watched[o.kind]?.caughtUp(o),
      },
      manifestsOf: async (workload) =>
        render(workload, { ...parts.render, dataCenter, served, image: await parts.imageOf(workload) }),
      caughtUp: (object) => view.records.caughtUp(object),
      onError,
    });
  }

  /** The records that `about` concerns, or all; none for who does not lead. */
  function kept(about: string | null): Map<ComponentId, Found> {
    const records = (view: TenantView) => (about === null ? view.records.items() : view.records.of(about));
    const there = all.views().flatMap((view) =>
      records(view).flatMap((secret) => {
        const record = recordOf(secret);
        return record ? [[record.workload.component, { view, secret }] as const] : [];
      }),
    );
    return new Map(parts.leads() ? there : []);
  }
  /** Brings keepers in line with the records there are, and wakes those that `about` concerns. */
  function attend(about: string | null): void {
    const there = kept(about);
    for (const [component, each] of there) {
      const known = keepers.get(component) ?? keep(each, component);
      keepers.set(component, known);
      known.wake();
    }
    for (const component of about === null ? [...keepers.keys()] : [about as ComponentId]) {
      if (there.has(component)) continue;
      keepers.get(component)?.stop();
      keepers.delete(component);
    }
  }
  function changed(object: KubernetesObject | null): void {
    if (isClosed) return;
    told.changed();
    homes.mend(object);
    const about = concerned(object);
    // A node, or an event about something that is not ours, is looked at with the next thing that happens.
    if (about !== null || object === null) attend(about);
  }

  async function gone(component: ComponentId): Promise<void> {
    const until = clock.now().getTime() + removalMs;
    while (found(component) !== undefined) {
      if (clock.now().getTime() > until)
        throw new Fault("unavailable", "The component is still being removed.", { next: "It goes on by itself." });
      await clock.sleep(50);
    }
  }

  /**
   * Whoever looks after the component may write its record at the same time: then ours is made anew of theirs. A namespace that somebody has
   * removed since is made anew, too.
   */
  async function whileConflicting<T>(tenant: TenantId | undefined, write: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await write();
      } catch (error) {
        if (attempt >= conflictsMax || !mendable(tenant, error)) throw error;
      }
    }
  }
  function mendable(tenant: TenantId | undefined, error: unknown): boolean {
    const isGone = tenant !== undefined && isFault(error, "not_found");
    if (isGone) homes.forget(tenant);
    return isGone || isFault(error, "conflict");
  }
  const refOf = (tenantId: TenantId, component: ComponentId) => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: recordNameFor(component), namespace: namespaceFor(tenantId) },
  });

  async function accept(workload: Workload): Promise<void> {
    const view = await homes.of(workload.tenant);
    const secret = await refuseForeign<Secret>(client, secretOf(newRecord(workload), dataCenter, undefined));
    const record = secret && recordOf(secret);
    if (record?.removing) {
      attend(workload.component);
      await gone(workload.component);
      return accept(workload);
    }
    if (record && record.workload.generation >= workload.generation) return;
    const isSame = record?.settled != null && revisionOf(record.settled) === revisionOf(workload);
    const next = secretOf(
      record ? applied(record, workload, isSame) : newRecord(workload),
      dataCenter,
      secret?.metadata.resourceVersion,
    );
    await view?.records.caughtUp(secret ? await client.apply(next) : await client.create(next));
  }

  async function markRemoving(component: ComponentId): Promise<void> {
    const there = found(component);
    const tenantId = there && recordOf(there.secret)?.workload.tenant;
    const secret = tenantId && (await client.get<Secret>(refOf(tenantId, component)));
    const record = secret && recordOf(secret);
    if (!there || !record || record.removing) return;
    const next = secretOf({ ...record, removing: true }, dataCenter, secret.metadata.resourceVersion);
    await there.view.records.caughtUp(await client.apply(next));
  }
  async function remove(component: ComponentId): Promise<void> {
    await whileConflicting(undefined, () => markRemoving(component));
    attend(component);
    await gone(component);
  }

  async function exec({ component, instance, ...request }: Parameters<Cluster["exec"]>[0]): ReturnType<Cluster["exec"]> {
    const there = found(component);
    const pods = there ? podsOf(there.view, component) : [];
    const living = pods.filter((pod) => !isOver(pod) && !isLeaving(pod) && pod.status?.phase === "Running");
    const chosen = living.filter((pod) => instance === null || pod.metadata.name === instance);
    const pod = chosen.find(isReady) ?? chosen[0];
    const container = pod?.spec.containers[0]?.name;
    if (!there || !pod || container === undefined)
      throw new Fault(
        "not_found",
        instance === null ? "No instance of this component is running." : `The instance ${instance} is not running.`,
        { next: "Start the component, or choose a running instance." },
      );
    return openExec(
      client.transport,
      { namespace: there.view.namespace, pod: pod.metadata.name, container, ...request },
      onError,
    );
  }

  async function storageClasses() {
    try {
      const { items } = await client.list<KubernetesObject>({ apiVersion: "storage.k8s.io/v1", kind: "StorageClass" });
      const isDefault = (o: KubernetesObject): boolean =>
        o.metadata.annotations?.["storageclass.kubernetes.io/is-default-class"] === "true";
      return items.map((o) => ({ name: o.metadata.name, isDefault: isDefault(o) }));
    } catch (error) {
      if (isFault(error, "forbidden")) return null;
      throw error;
    }
  }
  const measure = async (): Promise<void> => {
    usage.refresh(nodes.items().map((n) => n.metadata.name));
    await usage.settled();
  };

  await Promise.all([all.ready(), nodes.ready()]);
  spool.follow(allPods());
  told.onChange(() => spool.follow(allPods()));
  attend(null);

  return {
    apply: (workload) => whileConflicting(workload.tenant, () => accept(workload)),
    remove,
    exec,
    onChange: told.onChange,
    async observe() {
      usage.refresh(nodes.items().map((n) => n.metadata.name));
      return all.views().flatMap((view) =>
        view.records.items().flatMap((secret) => {
          const facts = factsOf({ view, secret });
          return facts ? [observedOf(facts)] : [];
        }),
      );
    },
    async capabilities() {
      const [classes, versions] = await Promise.all([storageClasses(), client.groupVersions(), measure()]);
      return capabilitiesOf({
        served,
        nodes: nodes.items(),
        storageClasses: classes,
        isMeasured: usage.nodes().length > 0,
        hasMetrics: versions.some((each) => each.startsWith("metrics.k8s.io/")),
      });
    },
    async capacity() {
      await measure();
      const pods = allPods();
      const running = pods.filter((pod) => pod.status?.phase === "Running" && !isLeaving(pod)).length;
      return capacityOf(nodes.items(), pods, usage.nodes(), running);
    },
    async nodes() {
      await measure();
      return nodesOf(nodes.items(), allPods(), usage.nodes());
    },
    wake: () => attend(null),
    close() {
      isClosed = true;
      for (const each of keepers.values()) each.stop();
      all.stop();
      nodes.stop();
      spool.stop();
      told.close();
    },
  };
}
