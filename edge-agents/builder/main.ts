// The builder: takes one BuildOrder, builds, reports to the API, ends.
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startTimeOf } from "../../shared/adapters/local/cluster/proc.ts";
import { BuildOrder } from "../../shared/contract/agent.ts";
import { BuildFailure } from "../../shared/domain/build/failure.ts";
import { closeConnections } from "./http.ts";
import { takeOrder } from "./order.ts";
import { runOrder } from "./run.ts";

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

const main = async (): Promise<void> => {
  // The first check of anything compiles the schema: done while we wait for the order.
  BuildOrder.safeParse(null);
  const order = await takeOrder(process.env);
  if (!order) return;
  const folder = process.env.PLUVIA_BUILDS === undefined ? undefined : join(process.env.PLUVIA_BUILDS, order.id);
  const stop = new AbortController();
  const onSignal = (): void =>
    stop.abort(
      new BuildFailure("build.cancelled", "The build was ended by the platform.", "Deploy again when you want it built."),
    );
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
  await runOrder(order, {
    cache: required("PLUVIA_BUILD_CACHE"),
    hidden: (process.env.PLUVIA_BUILD_HIDDEN ?? "").split(":").filter((path) => path !== ""),
    onGroup: (group) => keepGroup(folder, group),
    cancelled: stop.signal,
  });
  closeConnections();
  // Whoever observes us knows by this that it was told everything.
  if (folder !== undefined) writeFileSync(join(folder, "ended"), "");
};

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
  closeConnections();
});
