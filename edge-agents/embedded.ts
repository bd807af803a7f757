import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../shared/adapters/local/clock.ts";
import { localDurableText } from "../shared/adapters/local/durable-text.ts";
import { processCluster } from "../shared/adapters/local/cluster/cluster.ts";
import { version } from "../shared/contract/version.ts";
import { findTools } from "./builder/tools.ts";
import { embeddedGateway } from "./gateway/gateway.ts";
import { cloud } from "./runtime/cloud.ts";
import { artifacts } from "./runtime/artifacts.ts";
import { joined } from "./runtime/joined.ts";
import { log, logger } from "./runtime/log.ts";
import { logChannel } from "./logs/channel.ts";
import { logStore } from "./logs/log-store.ts";
import { openLedger } from "./runtime/ledger.ts";
import { link } from "./runtime/link.ts";
import { cloudPreflight, surroundings } from "./runtime/preflight.ts";
import { reporter } from "./runtime/reporter.ts";
import { ticketGate } from "./runtime/ticket.ts";
import { scheduler } from "./scheduler/main.ts";
import { statusService } from "./status/service.ts";
import { streamServer } from "./streams/stream.ts";
import type { Settings } from "./settings.ts";
import { terminals } from "./terminal/channel.ts";

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
  const unfollow = gateway.follow(cluster);
  const ledger = await openLedger(settings.home);

  const logs = logStore({
    home: join(settings.home, "logs"),
    onError: (error) => log({ error }, "an application's output could not be kept"),
  });
  const shells = terminals({ cluster, home: join(settings.home, "recordings") });
  const streams = streamServer({
    tickets: ticketGate({
      used: localDurableText(join(settings.home, "used-tickets.json")),
      key: async () => (await joining).cloudKey,
    }),
    origins: settings.origins,
    channels: { log: logChannel(logs), terminal: shells.channel },
  });
  gateway.mount("/-/streams", streams.upgrade);
  const streamUrl = `ws://${new URL(String(settings.origins[0])).hostname}:${port}/-/streams`;

  let tools: Record<string, string> | undefined;
  const reports = reporter({
    report: (body) => api.report(body),
    facts: async () => ({
      capacity: await cluster.capacity(),
      capabilities: [...(await cluster.capabilities())],
      streamUrl,
      agentVersion: version,
      preflight: await cloudPreflight(around),
      ...(tools && { tools }),
    }),
    clock,
    random: Math.random,
    epoch: ledger.epoch,
    log,
  });
  // Asking every tool for its version takes seconds, and nothing waits for it.
  const asking = findTools(settings.home).then(
    ({ versions: { pip: _pip, ...versions } }) => {
      tools = versions;
      reports.repeat();
    },
    (error: unknown) => log({ error }, "the machine's build tools could not be listed"),
  );
  const schedule = scheduler({
    ledger,
    cluster,
    clock,
    addressFor: (component, at) => gateway.addressFor(component, at),
    addressesOf: (component) => [...gateway.addresses(component)],
    reporter: reports,
    observed: (workloads) => {
      logs.update(workloads);
      const there = new Set(workloads.map((each) => each.component));
      for (const { component } of ledger.tombstones()) if (!there.has(component)) logs.remove(component);
    },
    log,
  });
  const status = await statusService({
    cluster,
    address: settings.statusAddress,
    token: randomBytes(32).toString("base64url"),
    home: settings.home,
  });
  const parts: { stop(): Promise<void> }[] = [schedule, reports];

  /** `halt`: a clean stop ends what runs; when only we go, it goes on and is adopted by the next start. */
  const stop = async (halt: boolean) => {
    if (stopping.signal.aborted) return;
    stopping.abort();
    await Promise.all([asking, ...parts.map((part) => part.stop())]);
    if (halt) await cluster.halt();
    unfollow();
    status.stop();
    streams.stop();
    shells.stop();
    cluster.close();
    logs.stop();
    await gateway.stop(halt ? 2_000 : 0);
    process.exit(0);
  };
  process.once("SIGTERM", () => void stop(true));
  process.once("SIGINT", () => void stop(true));
  // Our parent is gone without a word: leave at once, and leave everything running.
  process.once("disconnect", () => void stop(false));

  const { bearer, dataCenter } = await joining;
  parts.unshift(
    link({
      cloudUrl: settings.cloudUrl,
      bearer,
      cloud: api,
      ledger,
      clock,
      random: Math.random,
      // Alone on its machine: it need not wait for others.
      spreadMs: 0,
      changed: schedule.wake,
      session: (open) => {
        if (open) reports.repeat();
        process.send?.({ session: open });
      },
      log,
    }),
  );
  logger.info({ dataCenter, gatewayPort: port }, "agents are up");
}
