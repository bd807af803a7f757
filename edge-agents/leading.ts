import type { Clock } from "../shared/ports/clock.ts";
import type { Cluster } from "../shared/ports/cluster.ts";
import type { Tracer } from "../shared/ports/tracer.ts";
import type { LogStore } from "./logs/log-store.ts";
import type { Cloud } from "./runtime/cloud.ts";
import type { Credential } from "./runtime/credential.ts";
import type { Ledger } from "./runtime/ledger.ts";
import { type BuildTasksOptions, buildTasks } from "./builds/build-tasks.ts";
import { refuseBuild } from "./builds/refuse-build.ts";
import { nodeTasks } from "./nodes/node-tasks.ts";
import { type LinkOptions, link } from "./runtime/link.ts";
import { type ReporterOptions, reporter } from "./runtime/reporter.ts";
import type { Dial } from "./runtime/session/session.ts";
import type { AddressFor } from "./scheduler/bindings.ts";
import { type SchedulerOptions, scheduler } from "./scheduler/main.ts";

export interface LeadingParts {
  readonly cloudUrl: string;
  readonly api: Cloud;
  /** Scheduling does not wait for it: what runs here is this data center's own affair. */
  readonly identity: Promise<Credential>;
  readonly cluster: Cluster;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly random: () => number;
  /** Opens sessions with the platform, as the bearer of such a token. */
  readonly dial: (bearer: Credential["bearer"]) => Dial;
  readonly tracer: Tracer;
  readonly addressesOf: SchedulerOptions["addressesOf"];
  readonly logs: Pick<LogStore, "remove">;
  readonly addressFor: AddressFor;
  readonly facts: ReporterOptions["facts"];
  readonly findings: NonNullable<ReporterOptions["findings"]>;
  readonly updateAsked: LinkOptions["updateAsked"];
  /** Grows with every leader and every start: a report of an earlier one never replaces a later one's. */
  readonly epoch: number;
  readonly spreadMs: number;
  /** Makes builders; undefined: this data center does not build. */
  readonly builds?: BuildTasksOptions["builds"] | undefined;
  readonly session: (open: boolean) => void;
  readonly log: LinkOptions["log"];
}

/** What one process of a data center alone may do: hear what is wanted, make it so, and tell what is true. */
export function leading(parts: LeadingParts): { repeat(): void; stop(): Promise<void> } {
  const { ledger, cluster, clock, random, logs, api, identity, log } = parts;
  const reports = reporter({
    traceOf: (told) => schedule.traceOf(told),
    report: async (body) => {
      const before = ledger.cursor();
      const { cursor } = await api.report(body);
      const link = await linked;
      if (cursor >= before) return link?.heard(cursor);
      // Restored from a backup, or another one: it knows neither what it wanted nor what we told.
      if (link?.relist()) reports.repeat();
    },
    facts: parts.facts,
    findings: parts.findings,
    clock,
    random,
    epoch: parts.epoch,
    log,
  });
  const schedule = scheduler({
    ledger,
    cluster,
    clock,
    cloudKey: async () => (await identity).cloudKey,
    addressFor: parts.addressFor,
    addressesOf: parts.addressesOf,
    reporter: reports,
    gone: (components) => {
      for (const component of components) logs.remove(component);
    },
    tracer: parts.tracer,
    log,
  });
  const nodes = nodeTasks({
    cluster,
    clock,
    // What has changed of the nodes is told with it.
    report: async (told) =>
      api.report({ version: 1, observations: [], nodes: [...(await cluster.nodes())], nodeTasks: [...told] }),
    log,
  });
  const builders =
    parts.builds &&
    buildTasks({
      builds: parts.builds,
      report: (told) => api.report({ version: 1, observations: [], buildTasks: [...told] }),
      reportWaits: (waits) => api.report({ version: 1, observations: [], builderWaits: [...waits] }),
      refuse: (task, why) => refuseBuild(parts.cloudUrl, task, why),
      clock,
      log,
    });
  const begin = ({ bearer }: Credential) =>
    link({
      cloud: api,
      dial: parts.dial(bearer),
      ledger,
      clock,
      random,
      spreadMs: parts.spreadMs,
      changed: schedule.wake,
      tasks: (asked) => {
        nodes.asked(asked.nodeTasks ?? []);
        // Not said is not "none": builders of before go on.
        if (asked.buildTasks) builders?.asked([...asked.buildTasks, ...(asked.checkTasks ?? [])]);
      },
      updateAsked: parts.updateAsked,
      session: (open) => {
        reports.session(open);
        parts.session(open);
      },
      watched: reports.watched,
      log,
    });
  // Whoever asked for the identity hears why there is none.
  const linked = identity.then(begin, () => undefined);
  return {
    repeat: reports.repeat,
    stop: async () => {
      await (await linked)?.stop();
      await Promise.all([schedule.stop(), reports.stop(), nodes.stop(), builders?.stop()]);
    },
  };
}
