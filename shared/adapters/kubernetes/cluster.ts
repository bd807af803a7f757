import { setImmediate } from "node:timers/promises";
import { Fault, isFault } from "../../base/fault.ts";
import type { Observation, Workload } from "../../contract/agent.ts";
import type { ComponentId, DataCenterId, TenantId } from "../../contract/id.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Cluster, ObservedWorkload } from "../../ports/cluster.ts";
import type { ImageOf } from "../../ports/image-of.ts";
import { changes } from "../changes.ts";
import type { Surroundings } from "./build-wait.ts";
import { capabilitiesOf, capacityOf } from "./capacity.ts";
import { nodeChanger } from "./node-changer.ts";
import { nodesOf } from "./nodes.ts";
import { watchCache } from "./cache.ts";
import type { Client } from "./client.ts";
import { emptyHomes } from "./empty-homes.ts";
import { openExec } from "./exec.ts";
import type { KeeperParts } from "./keeper.ts";
import { keepers } from "./keepers.ts";
import { bareNode } from "./kept.ts";
import { logSpool } from "./log-spool.ts";
import type { KubernetesObject } from "./object.ts";
import type { ComponentFacts } from "./observe.ts";
import { type Pin, pinnedWorkload } from "./pinning.ts";
import { isLeaving, isOver, isReady } from "./pod.ts";
import { refuseForeign } from "./ownership.ts";
import { applied, newRecord, recordNameFor, recordOf, secretOf } from "./record.ts";
import type { RenderContext } from "./render/context.ts";
import { tcpServiceFor } from "./render/names.ts";
import { render } from "./render/render.ts";
import { revisionOf } from "./revision.ts";
import { assertRunnable } from "./runnable.ts";
import type { Node, Pod, Secret } from "./shapes.ts";
import { newsOf } from "./news.ts";
import { diskShelves } from "./shelf.ts";
import { sights } from "./sights.ts";
import { componentOf, concerned, type TenantView } from "./tenant-view.ts";
import { tcpAddresses } from "./tcp-addresses.ts";
import { type TenantContext, tenantHomes } from "./tenant-homes.ts";
import { tenants } from "./tenants.ts";
import { type UsageMeter, usageMeter } from "./usage.ts";
import { discover } from "./versions.ts";

export interface KubernetesClusterParts {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: () => number;
  readonly dataCenter: DataCenterId;
  /** Folder for the output of instances. */
  readonly home: string;
  readonly imageOf: ImageOf;
  /** Names images by content before they are kept. */
  readonly pin: Pin;
  readonly render: Omit<RenderContext, "dataCenter" | "served" | "image">;
  readonly namespace: TenantContext;
  /** Leads to the nodes, for ports of theirs. */
  readonly tcpHost: string;
  /** Of several agents one alone changes the cluster; the others observe. */
  readonly leads: () => boolean;
  readonly onError: (error: unknown) => void;
}
export interface KubernetesCluster extends Cluster {
  /** Where its external TCP ports are reached. */
  addresses(component: ComponentId): Observation["addresses"];
  /** Removes what was made for teams of which nothing is wanted any more; `wanted`: all others, by complete knowledge. */
  removeEmptyHomes(wanted: ReadonlySet<TenantId>): Promise<void>;
  /** Its nodes, and every pod that is known. */
  around(): Surroundings;
  /** Who leads has changed. */
  wake(): void;
  /** Stops looking; what runs goes on. */
  close(): void;
}

/** A removal that takes longer is gone on with, but not waited for. */
const removalMs = 60_000;
const conflictsMax = 10;
/** Others get their turn after so many that are looked at: at the start ten thousand records are read. */
const breathEvery = 100;

interface Found {
  readonly view: TenantView;
  readonly secret: Secret;
}

/** Runs components on Kubernetes. All that it must remember is in the cluster: any agent can go on where another one ended. */
export async function kubernetesCluster(parts: KubernetesClusterParts): Promise<KubernetesCluster> {
  const { client, clock, dataCenter, onError } = parts;
  const served = await discover(client);
  const told = changes();
  /** Where each component's record is. */
  const places = new Map<ComponentId, TenantView>();
  /** Of the few that are reached at ports of nodes. */
  const entrances = new Map<ComponentId, Observation["addresses"]>();
  const seen = sights(clock, told.changed);
  const cacheParts = { client, clock, random: parts.random, onError };
  const all = tenants({ ...cacheParts, changed, shelves: diskShelves() }, dataCenter, served);
  const homes = tenantHomes({ ...parts, tenants: all });
  const nodes = watchCache<Node>(
    { ...cacheParts, changed: nodesChanged },
    { apiVersion: "v1", kind: "Node" },
    {},
    { kept: bareNode },
  );
  const isNodeNews = newsOf();
  const usage: UsageMeter = usageMeter({
    client,
    clock,
    namespaces: () => all.views().map((view) => view.namespace),
    measured: () => seen.remeasure(usage.pod),
  });
  const spool = logSpool({ client, clock, random: parts.random, home: parts.home, onError });
  /** Until everything has been seen once, nothing is looked after: what is missing may only not have been heard of yet. */
  let isSeen = false;
  let isClosed = false;

  const found = (component: ComponentId): Found | undefined => {
    const view = places.get(component);
    const secret = view?.records.get(recordNameFor(component));
    return view && secret && { view, secret };
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
      calmAt: client.calmAt(),
    };
  }

  /** There is no keeper where we do not lead, and of what cannot be read. */
  function keeperParts(component: ComponentId): Omit<KeeperParts, "rested"> | undefined {
    const there = parts.leads() ? found(component) : undefined;
    if (!there || !recordOf(there.secret)) return undefined;
    return {
      client,
      clock,
      random: parts.random,
      component,
      dataCenter,
      view: there.view,
      look: () => {
        const now = found(component);
        const facts = now && factsOf(now);
        return facts ? { facts, secret: now.secret } : undefined;
      },
      imageOf: async (workload) => {
        // What nodes pull with is kept there; and its limits are as this version of ours would have them.
        await homes.of(workload.tenant);
        return parts.imageOf(workload);
      },
      manifestsOf: async (workload, image) => render(workload, { ...parts.render, dataCenter, served, image }),
      onError,
    };
  }
  const kept = keepers({ clock, components: () => places.keys(), partsOf: keeperParts, onError });

  const componentsIn = (view: TenantView): ComponentId[] => view.records.items().flatMap((secret) => componentOf(secret) ?? []);
  function notice(component: ComponentId, namespace: string): void {
    const view = all.view(namespace);
    seen.forget(component);
    if (view?.records.get(recordNameFor(component))) places.set(component, view);
    else if (places.get(component)?.namespace === namespace) places.delete(component);
    const entrance = places.get(component)?.services.get(tcpServiceFor(component));
    if (entrance) entrances.set(component, tcpAddresses(entrance, parts.tcpHost));
    else entrances.delete(component);
    spool.follow(component, view?.pods.of(component) ?? []);
    told.changed(component);
  }
  function changed(object: KubernetesObject | null, namespace: string): void {
    if (isClosed || !isSeen) return;
    homes.mend(object, namespace);
    const about = concerned(object);
    if (about !== null) {
      notice(about, namespace);
      kept.attend(about);
    } else if (object === null) listed(namespace);
  }
  /** Anew, or it is gone. */
  function listed(namespace: string): void {
    const view = all.view(namespace);
    const before = [...places].flatMap(([component, place]) => (place.namespace === namespace ? [component] : []));
    for (const component of new Set([...before, ...(view ? componentsIn(view) : [])])) {
      notice(component, namespace);
      kept.attendInTurn(component);
    }
    told.changed();
  }
  function nodesChanged(node: KubernetesObject | null): void {
    if (isClosed || !isNodeNews(node, (name) => nodes.get(name) !== undefined)) return;
    for (const component of seen.forgetPlaced()) told.changed(component);
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
  async function whileConflicting<T>(tenant: TenantId | undefined, write: (attempt: number) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await write(attempt);
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

  async function accept(workload: Workload, attempt: number): Promise<void> {
    assertRunnable(workload, served);
    const view = await homes.of(workload.tenant);
    // What is seen may be old, or somebody else's may be there: then the write is refused, and the cluster is asked.
    const secret =
      attempt === 1
        ? view?.records.get(recordNameFor(workload.component))
        : await refuseForeign<Secret>(client, secretOf(newRecord(workload), dataCenter, undefined));
    const record = secret && recordOf(secret);
    if (record?.removing) {
      kept.attend(workload.component);
      await gone(workload.component);
      return accept(workload, 1);
    }
    if (record && record.workload.generation >= workload.generation) return;
    const { workload: exact, pins } = await pinnedWorkload(workload, record ?? null, parts.pin);
    const isSame = record?.settled != null && revisionOf(record.settled) === revisionOf(exact);
    const next = secretOf(record ? { ...applied(record, exact, isSame), pins } : newRecord(exact, pins), dataCenter, secret);
    view?.records.learn(secret ? await client.apply(next) : await client.create(next));
  }

  async function markRemoving(component: ComponentId, attempt: number): Promise<void> {
    const there = found(component);
    if (!there) return;
    const secret = attempt === 1 ? there.secret : await client.get<Secret>(there.secret);
    const record = secret && recordOf(secret);
    if (!record || record.removing) return;
    const next = secretOf({ ...record, removing: true }, dataCenter, secret);
    there.view.records.learn(await client.apply(next));
  }
  async function remove(component: ComponentId): Promise<void> {
    await whileConflicting(undefined, (attempt) => markRemoving(component, attempt));
    kept.attend(component);
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
      { clock, onError },
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
  isSeen = true;
  for (const view of all.views()) listed(view.namespace);
  for (const component of spool.components()) if (!places.has(component as ComponentId)) spool.follow(component, []);

  return {
    apply: (workload) => whileConflicting(workload.tenant, (attempt) => accept(workload, attempt)),
    remove,
    exec,
    onChange: told.onChange,
    around: () => ({ nodes: nodes.items(), pods: allPods() }),
    async observe(of) {
      usage.refresh(nodes.items().map((n) => n.metadata.name));
      const factsOfNow = (component: ComponentId) => {
        const now = found(component);
        return now ? factsOf(now) : null;
      };
      const those = of ? [...of].filter((component) => places.has(component)) : [...places.keys()];
      const observed: ObservedWorkload[] = [];
      for (const [at, component] of those.entries()) {
        const sight = seen.of(component, () => factsOfNow(component));
        if (sight) observed.push(sight);
        if (at % breathEvery === breathEvery - 1) await setImmediate();
      }
      return observed;
    },
    async capabilities() {
      const [classes, versions] = await Promise.all([storageClasses(), client.groupVersions(), measure()]);
      return capabilitiesOf({
        served,
        tcp: parts.render.tcp,
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
      const namespaces = new Set(all.views().map((view) => view.namespace));
      return nodesOf({ nodes: nodes.items(), pods: allPods(), usage: usage.nodes(), namespaces });
    },
    changeNode: nodeChanger({ client, served, pods: allPods, learn: nodes.learn }),
    addresses: (component) => entrances.get(component) ?? [],
    removeEmptyHomes: emptyHomes({ client, dataCenter, cronJob: { apiVersion: served.cronJob, kind: "CronJob" } }),
    wake() {
      for (const component of [...places.keys()]) kept.attendInTurn(component);
    },
    close() {
      isClosed = true;
      kept.stop();
      homes.stop();
      all.stop();
      nodes.stop();
      spool.stop();
      seen.stop();
      told.close();
    },
  };
}
