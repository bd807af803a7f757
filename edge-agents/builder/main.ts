// The builder: takes one BuildOrder, builds, reports to the API, ends.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startTimeOf } from "../../shared/adapters/local/cluster/proc.ts";
import { BuildOrder, BuildReport } from "../../shared/contract/agent.ts";
import { BuildFailure } from "../../shared/domain/build/failure.ts";
import { closeConnections, rehearseRequest } from "./http.ts";
import { takeOrder } from "./order.ts";
import { runProcess } from "./process.ts";
import { runOrder } from "./run.ts";
import type { BuilderPod } from "./tools.ts";
import { traced } from "./trace.ts";
import { trustFor } from "./trust.ts";

const required = (name: string): string => {
  const value = process.env[name];
  if (value === undefined || value === "") throw new Error(`the variable ${name} is not set`);
  return value;
};

/** Where the running step is written down, so that it ends even when this process is killed: its group, and when that started. */
const keepGroup = (folder: string | undefined, group: number | null): void => {
  if (folder === undefined) return;
  if (group === null) rmSync(join(folder, "group"), { force: true });
  else writeFileSync(join(folder, "group"), `${group} ${startTimeOf(group) ?? ""}`);
};

/** What is slow the first time, done by a spare builder while it waits for its order; one whose order is there already does not get to it. */
const rehearse = async (): Promise<void> => {
  BuildOrder.safeParse(null);
  BuildReport.safeParse(null);
  rehearseRequest();
  await runProcess({ argv: ["git", "--version"], folder: "/", environment: { PATH: process.env.PATH ?? "" }, timeoutMs: 10_000 });
};
const rehearseAfterMs = 100;
/** `128 + SIGTERM`: not well. */
const endedBySignal = 143;

const podOf = (level: string | undefined): BuilderPod | undefined =>
  level === "restricted" || level === "baseline" ? level : undefined;

/** A pod begins with an empty disk. */
const makeFolders = ({ HOME, TMPDIR }: NodeJS.ProcessEnv): void => {
  for (const folder of [HOME, TMPDIR]) if (folder) mkdirSync(folder, { recursive: true });
};

const main = async (): Promise<void> => {
  makeFolders(process.env);
  Object.assign(process.env, trustFor(process.env));
  const rehearsal = setTimeout(() => void rehearse(), rehearseAfterMs);
  const order = await takeOrder(process.env);
  clearTimeout(rehearsal);
  if (!order) return;
  const folder = process.env.PLUVIA_BUILDS === undefined ? undefined : join(process.env.PLUVIA_BUILDS, order.id);
  const stop = new AbortController();
  const cancel = (): void =>
    stop.abort(
      new BuildFailure("build.cancelled", "The build was ended by the platform.", "Deploy again when you want it built."),
    );
  // A container of our own goes with all that is in it. Whoever ended it knows why: the platform, which wants it no more, or a node that had to, after which it begins anew.
  const onSignal = process.env.PLUVIA_ORDER_URL === undefined ? cancel : () => process.exit(endedBySignal);
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
  const options = {
    cache: required("PLUVIA_BUILD_CACHE"),
    hidden: (process.env.PLUVIA_BUILD_HIDDEN ?? "").split(":").filter((path) => path !== ""),
    pod: podOf(process.env.PLUVIA_BUILD_POD),
    onGroup: (group: number | null) => keepGroup(folder, group),
    cancelled: stop.signal,
  };
  await traced(process.env, order, (own) => runOrder(own, options));
  closeConnections();
  // Whoever observes us knows by this that it was told everything.
  if (folder !== undefined) writeFileSync(join(folder, "ended"), "");
};

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
  closeConnections();
});
