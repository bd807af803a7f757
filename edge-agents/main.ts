import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import pino from "pino";
import { backoffMs } from "../shared/base/retry.ts";
import { Fault } from "../shared/base/fault.ts";
import { systemClock } from "../shared/adapters/local/clock.ts";
import { processCluster } from "../shared/adapters/local/cluster/cluster.ts";
import { version } from "../shared/contract/version.ts";
import { findTools } from "./builder/tools.ts";
import { embeddedGateway } from "./gateway/gateway.ts";
import { type Cloud, cloud } from "./runtime/cloud.ts";
import { type Credential, credential } from "./runtime/credential.ts";
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
import { terminals } from "./terminal/channel.ts";

/** The agents of one data center in one process. Read once, here. */
const settings = {
  home: process.env.PLUVIA_AGENT_HOME ?? join(process.cwd(), ".pluvia", "agent"),
  /** What no application may see, beside our own home: all that the platform keeps on this machine. */
  hidden: process.env.PLUVIA_HIDDEN,
  cloudUrl: process.env.PLUVIA_CLOUD_URL ?? "http://localhost:7070",
  joinToken: process.env.PLUVIA_JOIN_TOKEN,
  gatewayPort: Number(process.env.PLUVIA_GATEWAY_PORT ?? 7071),
  /** Of the status service (gRPC). */
  statusAddress: process.env.PLUVIA_STATUS_ADDRESS ?? "127.0.0.1:0",
  /** Origins of the console, whose pages may open streams; the first one's host is where browsers find this machine. */
  origins: (process.env.PLUVIA_ORIGINS ?? "http://localhost:7070").split(","),
};

const logger = pino({ base: { plane: "agents" }, serializers: { error: pino.stdSerializers.err } });
const log = (fields: object, message: string) => logger.warn(fields, message);
const clock = systemClock();

/** Refusals that pass by themselves, once someone at the cluster has mended their cause. */
const passing = ["join.clock"];
const around = surroundings(settings.cloudUrl, process.env);

/** The credential, however long the platform takes to be there. Any other refusal by the platform is final. */
async function joined(registrar: Pick<Cloud, "register">, signal: AbortSignal): Promise<Credential> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await credential(settings.home, {
        registrar,
        token: settings.joinToken,
        kind: "embedded",
        preflight: () => cloudPreflight(around),
      });
    } catch (error) {
      const final =
        error instanceof Fault &&
        !["unavailable", "internal", "throttled"].includes(error.code) &&
        !passing.includes(error.reason ?? "");
      if (final || signal.aborted) throw error;
      log({ error, attempt }, "could not join yet");
      await clock.sleep(backoffMs(attempt, { baseMs: 100, maxMs: 5_000 }, Math.random()), signal);
    }
  }
}

/** Reads an artifact through a URL that the platform signs for this one blob. */
const artifacts = (api: Cloud) => ({
  fetch: async (tenant: string, digest: string): Promise<Readable> => {
    const { url } = await api.blobUrl({ kind: "get", tenant, digest } as Parameters<Cloud["blobUrl"]>[0]);
    const answer = await fetch(url);
    if (!answer.ok || !answer.body)
      throw new Fault("unavailable", `The artifact could not be read: the platform answered ${answer.status}.`);
    return Readable.fromWeb(answer.body);
  },
});

async function main(): Promise<void> {
  mkdirSync(settings.home, { recursive: true, mode: 0o700 });
  const stopping = new AbortController();
  const registrar = cloud(settings.cloudUrl, async () => "");
  const joining = joined(registrar, stopping.signal);
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
    tickets: ticketGate({ file: join(settings.home, "used-tickets"), key: async () => (await joining).cloudKey }),
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

main().catch((error: unknown) => {
  logger.fatal({ error }, "the agents could not start");
  process.exitCode = 1;
  process.disconnect?.();
});
