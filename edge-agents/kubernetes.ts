import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Access } from "../shared/adapters/kubernetes/access.ts";
import { buildsCapabilities, kubernetesBuilds } from "../shared/adapters/kubernetes/builds.ts";
import { kubernetesClient } from "../shared/adapters/kubernetes/client.ts";
import { kubernetesCluster } from "../shared/adapters/kubernetes/cluster.ts";
import { kubernetesDurableText } from "../shared/adapters/kubernetes/durable-text.ts";
import { kubernetesLease } from "../shared/adapters/kubernetes/lease.ts";
import { agentsAccount, agentsNamespaceLabels, agentsPods, ownManifests } from "../shared/adapters/kubernetes/own.ts";
import { priorityClasses } from "../shared/adapters/kubernetes/priorities.ts";
import { usualBuildSizes } from "../shared/adapters/kubernetes/render/build-job.ts";
import { hostFor } from "../shared/adapters/kubernetes/render/names.ts";
import { serviceAccount } from "../shared/adapters/kubernetes/service-account.ts";
import { transport } from "../shared/adapters/kubernetes/transport.ts";
import { discover } from "../shared/adapters/kubernetes/versions.ts";
import { tagPin } from "../shared/adapters/http/oci/tag-pin.ts";
import { tracerFor } from "../shared/adapters/http/otlp-tracer.ts";
import { version } from "../shared/contract/version.ts";
import { defaultQuota } from "../shared/domain/quota.ts";
import type { Clock } from "../shared/ports/clock.ts";
import { fenced, fencedBuilds } from "./cluster/fence.ts";
import { isTokenWaiting } from "./cluster/join-token.ts";
import { preflightOf } from "./cluster/preflight.ts";
import { embeddedGateway } from "./gateway/gateway.ts";
import { architecture, imageStore, pullSecretsFor, source } from "./image-store.ts";
import { leading } from "./leading.ts";
import { nodeHealth } from "./node-health/node-health.ts";
import { platformImages } from "./platform-images.ts";
import { artifacts } from "./runtime/artifacts.ts";
import { type Cloud, cloud } from "./runtime/cloud.ts";
import { healthServer } from "./runtime/health.ts";
import { joined } from "./runtime/joined.ts";
import { type Leadership, leadership } from "./runtime/leadership.ts";
import { openLedger } from "./runtime/ledger.ts";
import { dialing } from "./runtime/session/dial.ts";
import { log, logger } from "./runtime/log.ts";
import { giveBack } from "./runtime/give-back.ts";
import { periodically } from "./runtime/periodically.ts";
import { stopAll } from "./runtime/stop-all.ts";
import { sharedKeys } from "./runtime/shared-keys.ts";
import { serving, streamPath } from "./serving.ts";
import type { Settings } from "./settings.ts";
import { updatesCapability } from "./upgrade/capability.ts";
import { upgrades } from "./upgrade/upgrade.ts";
import { handOver } from "./streams/hand-over.ts";

const leaseName = "pluvia-agents";
/** Another replica leads so long after the leader died. */
const leaseMs = 15_000;
/** All the platform's agents come back at once when it was away: each at a time of its own within this. */
const spreadMs = 30_000;
/** Pull credentials are looked at this often; each is good for much longer. */
const pullSecretsMs = 10 * 60_000;
/** Namespaces of teams that want nothing any more are looked for this often. */
const tidyMs = 10 * 60_000;
const tokenMs = 30_000;
const upgradeMs = 30_000;
/** A replica that goes still gets requests for a moment; those under way may take so long; the pod's grace time is more than all together. */
const [leaveMs, drainMs, giveUpMs] = [5_000, 15_000, 10_000];
/** Every address that the pod has: Node takes IPv6 and IPv4 for it where there are both. */
const everywhere = "";

/** Outside a cluster, as a kubeconfig says: what reads those is loaded only there. */
async function accessOf({ kubernetes: { kubeconfig: text }, environment }: Settings, clock: Clock): Promise<Access> {
  if (text === null) return serviceAccount({ environment, clock });
  const { kubeconfig } = await import("../shared/adapters/kubernetes/kubeconfig.ts");
  return kubeconfig(text);
}

/** One replica of the agents of a data center that is a Kubernetes cluster. What the replicas must share is in the cluster itself. */
export async function kubernetesAgents(settings: Settings, clock: Clock): Promise<void> {
  const { kubernetes: own, cloudUrl, home } = settings;
  const { namespace } = own;
  const client = kubernetesClient(transport(await accessOf(settings, clock)));
  const secret = (name: string) => kubernetesDurableText({ client, namespace, name });
  /** Of the platform, as it told last. */
  let platformRegistry: string | null | undefined;
  const preflight = preflightOf({
    client,
    namespace,
    cloudUrl,
    environment: settings.environment,
    registryUrl: own.registry?.url,
    platformRegistry: () => platformRegistry,
  });

  const stopping = new AbortController();
  const stops: (() => unknown)[] = [giveBack(clock, log)];
  const stop = async () => {
    if (stopping.signal.aborted) return;
    stopping.abort();
    await stopAll(stops, log);
    process.exit(0);
  };
  process.once("SIGTERM", () => void stop());
  process.once("SIGINT", () => void stop());

  let serves = false;
  let leader: Leadership | undefined;
  const leads = () => leader?.leads() ?? false;
  const health = await healthServer({
    address: own.healthAddress,
    unready: () => [
      ...(stopping.signal.aborted ? ["This replica is going."] : []),
      ...(serves ? [] : ["It has not joined, or has not seen all of the cluster yet."]),
    ],
    metrics: [
      { name: "pluvia_leads", help: "1 while this replica leads.", type: "gauge", value: () => Number(leads()) },
      { name: "pluvia_resident_bytes", help: "Memory that is held.", type: "gauge", value: () => process.memoryUsage.rss() },
    ],
  });
  stops.push(() => health.stop());

  const identity = await joined({
    text: secret("pluvia-agent"),
    joining: {
      registrar: cloud(cloudUrl, async () => ""),
      token: settings.joinToken,
      again: "with-a-new-token",
      kind: "kubernetes",
      preflight,
    },
    clock,
    signal: stopping.signal,
    log,
  });
  const { dataCenter } = identity;
  const asAgent = cloud(cloudUrl, identity.bearer);
  const api: Cloud = {
    ...asAgent,
    report: async (body) => {
      const answer = await asAgent.report(body);
      platformRegistry = answer.registry;
      return answer;
    },
  };
  // Whoever is missing a right may never come to lead, and would have no other way to tell.
  api
    .report({ version: 1, observations: [] })
    .then(preflight)
    .then((found) => api.report({ version: 1, observations: [], preflight: found }))
    .catch((error: unknown) => log({ error }, "what was found could not be told"));

  const keys = await sharedKeys(secret("pluvia-keys"), () => randomBytes(32).toString("base64url"));
  const making = { client, clock, dataCenter, runners: own.runnerImages, artifacts: artifacts(api) };
  const images = own.registry
    ? imageStore({ ...making, registry: own.registry, publicUrl: own.publicUrl, keys })
    : platformImages({ ...making, api, cloudUrl, architecture, source, secrets: pullSecretsFor(making) });
  const ledger = await openLedger(home);
  const cluster = await kubernetesCluster({
    client,
    clock,
    random: Math.random,
    dataCenter,
    home: join(home, "output"),
    imageOf: images.imageOf,
    // A registry of its own keeps what tags meant; else the component's record does.
    pin: own.registry ? async (reference) => reference : tagPin({ source, clock, log }),
    render: {
      gateway: { namespaceLabels: agentsNamespaceLabels, podLabels: agentsPods },
      priorityClasses: await priorityClasses(client),
      podSecurity: own.podSecurity,
      tcp: own.tcp,
    },
    tcpHost: own.tcpHost,
    namespace: {
      quota: (tenant) => ledger.limits(tenant) ?? defaultQuota,
      podSecurity: own.podSecurity,
      agent: { namespace, serviceAccount: agentsAccount },
      deniedCidrs: own.deniedNetworks,
      tcp: own.tcp,
    },
    leads,
    onError: (error) => log({ error }, "something in the cluster did not go as it should; it is tried again"),
  });
  stops.push(() => cluster.close());

  const gateway = embeddedGateway({
    port: settings.gatewayPort,
    home: join(home, "gateway"),
    hosts: [everywhere],
    suffixes: [own.domain],
    publicUrl: own.publicUrl,
    tcpPorts: null,
  });
  const { port } = await gateway.start();
  stops.push(() => gateway.stop(drainMs));
  const reach = nodeHealth({ cluster, reaches: gateway.reaches, clock, log });
  stops.push(() => reach.stop());
  const nodes = async () => reach.told(await cluster.nodes());
  const served = await serving({
    settings,
    cluster,
    gateway,
    usedTickets: secret("pluvia-used-tickets"),
    cloudKey: async () => identity.cloudKey,
    statusToken: keys.statusToken,
  });
  stops.push(() => served.stop());
  images.answerAt(gateway);

  const lease = kubernetesLease({ client, namespace, clock });
  const address = `${own.host}:${port}`;
  const leaderAddress = async () => (await lease.holder(leaseName))?.owner.split("@")[1];
  gateway.mount(streamPath, handOver({ leader: leaderAddress, own: address, serve: served.streams.upgrade }));

  const makeOwn = async () => {
    for (const manifest of ownManifests(namespace, await discover(client))) await client.apply(manifest);
  };
  const lead = async (epoch: number) => {
    // Who led before has heard more than we; what we have not heard of must not be taken for unwanted.
    await ledger.doubt();
    await makeOwn().catch((error: unknown) => log({ error }, "the agents' own objects could not be made"));
    cluster.wake();
    const upgrading = upgrades({ client, namespace, dataCenter, own: version, clock, log });
    const jobs =
      own.builds &&
      kubernetesBuilds({ client, clock, context: { ...usualBuildSizes, ...own.builds, dataCenter }, around: cluster.around });
    const assertLeads = () => leader?.token();
    const led = leading({
      cloudUrl,
      api: {
        ...api,
        report: async (body) => {
          const answer = await api.report(body);
          if (body.agentVersion !== undefined) upgrading.heard(answer.agentUpdate);
          return answer;
        },
      },
      identity: Promise.resolve(identity),
      cluster: fenced({ ...cluster, nodes }, assertLeads),
      ledger,
      clock,
      random: Math.random,
      dial: dialing({ cloudUrl, api, log }),
      tracer: tracerFor(settings.environment, { service: "pluvia-agents", version, clock, waits: false, log }),
      addressesOf: (component) => [...gateway.addresses(component), ...cluster.addresses(component)],
      logs: served.logs,
      addressFor: async ({ tenant, component, port: at }) => ({ host: hostFor(tenant, component), port: at }),
      facts: async () => ({
        capacity: await cluster.capacity(),
        capabilities: [...(await cluster.capabilities()), ...buildsCapabilities(own.builds), updatesCapability(own.upgrades)],
        nodes: await nodes(),
        streamUrl: `${new URL(own.publicUrl).origin.replace(/^http/, "ws")}${streamPath}`,
        agentVersion: version,
      }),
      findings: async () => {
        const update = upgrading.finding();
        return { preflight: [...(await preflight()), ...(update ? [update] : [])] };
      },
      updateAsked: upgrading.asked,
      epoch,
      spreadMs,
      builds: jobs && fencedBuilds(jobs, assertLeads),
      session: () => {},
      log,
    });
    const tidy = async () => {
      if (!ledger.complete()) return;
      assertLeads();
      const wanted = [...ledger.wanted(), ...ledger.unread()].map(({ tenant }) => tenant);
      await cluster.removeEmptyHomes(new Set(wanted));
    };
    const tidying = periodically(tidy, {
      everyMs: () => tidyMs,
      clock,
      failed: (error) => log({ error }, "what was made for teams that are gone could not be removed"),
    });
    const renew = async () => {
      const seen = await cluster.observe();
      const teams = new Map(seen.map(({ tenant, component }) => [tenant, { tenant, component }]));
      // The platform gives credentials for what is wanted, not for what is on its way out.
      for (const one of ledger.wanted()) if (teams.has(one.tenant)) teams.set(one.tenant, one);
      for (const one of teams.values()) await images.renew(one);
    };
    const upgrade = async () => {
      if (own.upgrades === "automatic") await upgrading.look();
    };
    const settle = periodically(upgrade, {
      everyMs: () => upgradeMs,
      clock,
      failed: (error) => log({ error }, "the agents' own Deployment could not be looked at or changed"),
    });
    const rest = periodically(renew, {
      everyMs: () => pullSecretsMs,
      clock,
      failed: (error) => log({ error }, "a credential for pulling images could not be renewed"),
    });
    return {
      stop: async () => {
        rest();
        tidying();
        settle();
        await led.stop();
        cluster.wake();
      },
    };
  };
  // Others send requests here until they have noticed that we go.
  stops.push(() => {
    gateway.leave();
    return clock.sleep(leaveMs);
  });
  leader = leadership({
    lease,
    name: leaseName,
    owner: `${own.replica}-${randomBytes(4).toString("hex")}@${address}`,
    ttlMs: leaseMs,
    clock,
    lead: ({ token }) => lead(token),
    log,
  });
  stops.push(() => Promise.race([leader?.stop(), clock.sleep(giveUpMs)]));
  const joinsAnew = async () => {
    const waits = await isTokenWaiting({ client, namespace, tried: settings.joinToken }, secret("pluvia-agent"));
    // The container is started again, with what is in the Secret then.
    if (waits) await stop();
  };
  stops.push(
    periodically(joinsAnew, {
      everyMs: () => tokenMs * (1 + Math.random()),
      clock,
      failed: (error) => log({ error }, "the join token could not be read"),
    }),
  );
  serves = true;
  logger.info({ dataCenter, replica: own.replica, address }, "agents are up");
}
