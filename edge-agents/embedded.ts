import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../shared/adapters/local/clock.ts";
import { localDurableText } from "../shared/adapters/local/durable-text.ts";
import { processCluster } from "../shared/adapters/local/cluster/cluster.ts";
import { tracerFor } from "../shared/adapters/http/otlp-tracer.ts";
import { version } from "../shared/contract/version.ts";
import { findTools } from "./builder/tools.ts";
import { embeddedGateway } from "./gateway/gateway.ts";
import { leading } from "./leading.ts";
import { cloud } from "./runtime/cloud.ts";
import { artifacts } from "./runtime/artifacts.ts";
import { joined } from "./runtime/joined.ts";
import { log, logger } from "./runtime/log.ts";
import { openLedger } from "./runtime/ledger.ts";
import { dialing } from "./runtime/session/dial.ts";
import { cloudPreflight, surroundings } from "./runtime/preflight.ts";
import { serving, streamPath } from "./serving.ts";
import type { Settings } from "./settings.ts";

/** The agents of one data center in one process, beside what they run. */
export async function embeddedAgents(settings: Settings): Promise<void> {
  const clock = systemClock();
  const around = surroundings(settings.cloudUrl, settings.environment);
  mkdirSync(settings.home, { recursive: true, mode: 0o700 });
  const stopping = new AbortController();
  const registrar = cloud(settings.cloudUrl, async () => "");
  const joining = joined({
    text: localDurableText(join(settings.home, "credential.json")),
    joining: {
      registrar,
      token: settings.joinToken,
      again: "never",
      kind: "embedded",
      preflight: () => cloudPreflight(around),
    },
    clock,
    signal: stopping.signal,
    log,
  });
  const api = cloud(settings.cloudUrl, async () => (await joining).bearer());

  // What runs and serves comes up from this machine's own disk, before and without the cloud plane.
  const gateway = embeddedGateway({ port: settings.gatewayPort, home: join(settings.home, "gateway") });
  const cluster = processCluster({
    home: join(settings.home, "cluster"),
    hide: [settings.home, ...(settings.hidden ? [settings.hidden] : [])],
    artifacts: artifacts(api),
    traffic: gateway.traffic,
    clock,
  });
  const { port } = await gateway.start();
  const ledger = await openLedger(settings.home);
  const served = await serving({
    settings,
    cluster,
    gateway,
    usedTickets: localDurableText(join(settings.home, "used-tickets.json")),
    cloudKey: async () => (await joining).cloudKey,
    statusToken: randomBytes(32).toString("base64url"),
  });
  gateway.mount(streamPath, served.streams.upgrade);
  const streamUrl = `ws://${new URL(String(settings.origins[0])).hostname}:${port}${streamPath}`;

  let tools: Record<string, string> | undefined;
  const led = leading({
    cloudUrl: settings.cloudUrl,
    api,
    identity: joining,
    cluster,
    ledger,
    clock,
    random: Math.random,
    dial: dialing({ cloudUrl: settings.cloudUrl, api, log }),
    tracer: tracerFor(settings.environment, { service: "pluvia-agents", version, clock, waits: false, log }),
    addressesOf: (component) => [...gateway.addresses(component)],
    logs: served.logs,
    addressFor: ({ component, port: componentPort }) => gateway.addressFor(component, componentPort),
    facts: async () => ({
      capacity: await cluster.capacity(),
      capabilities: [...(await cluster.capabilities())],
      nodes: [...(await cluster.nodes())],
      streamUrl,
      agentVersion: version,
      ...(tools && { tools }),
    }),
    findings: async () => ({ preflight: await cloudPreflight(around) }),
    // They are the platform's own, and of its version.
    updateAsked: () => {},
    epoch: ledger.epoch,
    // Alone on its machine: it need not wait for others.
    spreadMs: 0,
    session: (open) => void process.send?.({ session: open }),
    log,
  });
  // Asking every tool for its version takes seconds, and nothing waits for it.
  const asking = findTools(settings.home, { signal: stopping.signal }).then(
    ({ versions: { pip: _pip, uidmap: _uidmap, ...versions } }) => {
      tools = versions;
      led.repeat();
    },
    (error: unknown) => log({ error }, "the machine's build tools could not be listed"),
  );

  /** A clean stop ends what runs. */
  const stop = async () => {
    if (stopping.signal.aborted) return;
    stopping.abort();
    await Promise.all([asking, led.stop()]);
    await cluster.halt();
    served.stop();
    cluster.close();
    await gateway.stop(2_000);
    process.exit(0);
  };
  process.once("SIGTERM", () => void stop());
  process.once("SIGINT", () => void stop());
  // Our parent is gone without a word: leave at once, as its next start wants our ports, and leave everything running for that start to adopt.
  process.once("disconnect", () => process.exit(0));

  const { dataCenter } = await joining;
  logger.info({ dataCenter, gatewayPort: port }, "agents are up");
}
