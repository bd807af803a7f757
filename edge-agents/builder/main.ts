// The builder: takes one BuildOrder as JSON on standard input, builds, reports to the API, ends.
import { writeFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { BuildOrder } from "../../shared/contract/agent.ts";
import { BuildFailure } from "../../shared/domain/build/failure.ts";
import { closeConnections } from "./http.ts";
import { runOrder } from "./run.ts";

const required = (name: string): string => {
  const value = process.env[name];
  if (value === undefined || value === "") throw new Error(`the variable ${name} is not set`);
  return value;
};

/** Where the process group of the running step is written, so that it ends even when this process is killed. */
const keepGroup = (file: string | undefined, group: number | null): void => {
  if (file !== undefined) writeFileSync(file, group === null ? "" : String(group));
};

const main = async (): Promise<void> => {
  const order = BuildOrder.parse(JSON.parse(await text(process.stdin)));
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
    onGroup: (group) => keepGroup(process.env.PLUVIA_BUILD_GROUP_FILE, group),
    cancelled: stop.signal,
  });
  closeConnections();
  // Whoever observes us knows by this that it was told everything.
  if (process.env.PLUVIA_BUILD_ENDED_FILE) writeFileSync(process.env.PLUVIA_BUILD_ENDED_FILE, "");
};

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
  closeConnections();
});
