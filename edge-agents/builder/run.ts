import type { BuildOrder, BuildReport } from "../../shared/contract/agent.ts";
import type { Artifact } from "../../shared/contract/release.ts";
import type { BuildPlan, ToolVersions } from "../../shared/domain/build/build-plan.ts";
import { BuildFailure, failureOf, findingOf } from "../../shared/domain/build/failure.ts";
import { type PlannedBuild, planBuild, proposalOf } from "../../shared/domain/build/plan.ts";
import { architectureOf } from "../../shared/domain/image/architecture.ts";
import { nameOfUrl } from "../../shared/domain/name.ts";
import { subTree } from "../../shared/domain/build/source-tree.ts";
import { inWords } from "../../shared/domain/build/cache-key.ts";
import { build, type Built } from "./build.ts";
import { openCacheFolder } from "./cache-folder.ts";
import { limitCacheNowAndThen, markRunning } from "./cache-limit.ts";
import type { BuildContext, FetchedSource } from "./context.ts";
import { directoryTree } from "./directory-tree.ts";
import { buildImage } from "./image.ts";
import { type BuildLog, startLog } from "./log.ts";
import { publishSlug } from "./publish.ts";
import { type Reporter, startReporter } from "./report.ts";
import { outOfTime } from "./run-step.ts";
import { sourceFolder } from "./source-folder.ts";
import { fetchSource } from "./source.ts";
import { trackSteps } from "./steps.ts";
import { type BuilderPod, findTools, type Tools } from "./tools.ts";

export interface BuilderOptions {
  /** Where things are kept between builds. */
  readonly cache: string;
  readonly hidden: readonly string[];
  readonly pod?: BuilderPod | undefined;
  readonly onGroup: (group: number | null) => void;
  readonly cancelled: AbortSignal;
}

type Result = NonNullable<BuildReport["result"]>;

const toldOf = ({ hit, misses }: NonNullable<Built["cache"]>): Pick<BuildReport, "cache" | "cacheMisses"> => ({
  cache: hit ? "hit" : inWords(misses),
  cacheMisses: [...misses],
});

/** Secrets that no line of the log may show. */
const secretsOf = (order: BuildOrder): readonly string[] => {
  const { credential } = order;
  const key = credential?.kind === "ssh-key" ? credential.privateKey.split("\n").filter((line) => line.length > 30) : [];
  return [order.token, ...(credential?.kind === "token" ? [credential.token] : []), ...key];
};

const look = async (context: BuildContext, reporter: Reporter, source: FetchedSource): Promise<PlannedBuild> => {
  const { order } = context;
  const folder = "directory" in order.source ? (order.source.directory ?? "") : "";
  const whole = directoryTree(source.folder);
  if (folder !== "" && !whole.has(folder))
    throw new BuildFailure(
      "directory.missing",
      `There is no folder ${folder} in the source.`,
      "Check the directory; its name counts capital letters.",
      undefined,
      { folder },
    );
  const planned = planBuild(subTree(whole, folder), { language: order.language, tools: context.tools.versions });
  const name = nameOfUrl(folder === "" ? source.name : folder);
  const proposal = proposalOf(planned, { name, commit: source.commit, branches: source.branches });
  reporter.add({
    findings: [...planned.findings],
    ...(planned.plan ? { language: planned.plan.language } : {}),
    ...(proposal ? { proposal } : {}),
  });
  for (const finding of planned.findings)
    context.log.say(
      `${finding.level === "info" ? "Note" : finding.level === "warning" ? "Warning" : "Blocked"}: ${finding.message}${finding.advice ? ` ${finding.advice}` : ""}`,
    );
  return planned;
};

/** Versions that are known: "0" is a tool that did not tell. */
const versionsOf = (plan: BuildPlan, versions: ToolVersions): Record<string, string> =>
  Object.fromEntries(
    plan.tools.flatMap(({ tool }) => {
      const version = versions[tool];
      return version === undefined || version === "0" ? [] : [[tool, version]];
    }),
  );

const artifactOf = (planned: BuildPlan, packed: { digest: string; sizeBytes: number }, versions: ToolVersions): Artifact => ({
  kind: "slug",
  digest: packed.digest,
  sizeBytes: packed.sizeBytes,
  language: planned.language,
  architecture: architectureOf(process.arch),
  command: planned.command,
  processes: { ...planned.processes },
  variables: { ...planned.runtime },
  tools: versionsOf(planned, versions),
});

const kib = (bytes: number): string =>
  bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;

const buildsImage = async (context: BuildContext, source: string): Promise<Result> => {
  const { order, steps, log } = context;
  steps.skip("install", "The Dockerfile says what is installed.");
  const { archive, packed, id, architecture } = await buildImage(context, source);
  log.say(`Packed the image ${id} in ${kib(packed.sizeBytes)} (${packed.reused} of ${packed.members} pieces as before).`);
  await steps.run("publish", () => publishSlug(order, { path: archive, packed }));
  return {
    state: "succeeded",
    artifact: {
      kind: "image",
      reference: `localhost/pluvia:${id.replace("sha256:", "").slice(0, 12)}`,
      digest: id,
      archive: { digest: packed.digest, sizeBytes: packed.sizeBytes },
      ...(architecture !== undefined && { architecture }),
      command: null,
      variables: {},
    },
  };
};

/** Which versions build, and run: data centers take the same. */
const toolsLine = (plan: BuildPlan, versions: ToolVersions): string =>
  `Tools: ${plan.tools.map(({ tool }) => (versions[tool] === undefined || versions[tool] === "0" ? tool : `${tool} ${versions[tool]}`)).join(", ")}.`;

const work = async (context: BuildContext, reporter: Reporter): Promise<Result> => {
  const { order, steps, log } = context;
  steps.plan(order.mode === "check" ? ["source", "detect"] : ["source", "detect", "install", "build", "pack", "publish"]);
  const source = await steps.run("source", () => fetchSource(context));
  if (source.commit) {
    reporter.add({ commit: source.commit });
    log.say(`Source: commit ${source.commit.id.slice(0, 12)} ${source.commit.message}`);
  }
  const { plan, findings } = await steps.run("detect", () => look(context, reporter, source));
  const blocking = findings.find((finding) => finding.level === "blocks");
  if (plan === null || blocking)
    throw failureOf(blocking ?? { level: "blocks", code: "language.none", message: "No language was recognized." });
  log.say(plan.summary);
  if (plan.tools.length > 0) log.say(toolsLine(plan, context.tools.versions));
  if (order.mode === "check") return { state: "succeeded" };
  if (plan.language === "dockerfile") return buildsImage(context, sourceFolder(source.folder, order));
  const made = await build(context, plan, source);
  if (made.cache !== null) reporter.add(toldOf(made.cache));
  log.say(
    `Packed ${kib(made.packed.sizeBytes)} as ${made.packed.digest} (${made.packed.reused} of ${made.packed.members} pieces as before).`,
  );
  await steps.run("publish", () => publishSlug(order, { path: made.slug, packed: made.packed }));
  return { state: "succeeded", artifact: artifactOf(plan, made.packed, context.tools.versions) };
};

/** Failures of which the last lines of the log tell more. */
const endedInTools = new Set(["build.failed", "build.memory", "machine.memory", "build.timeout", "registry.unreachable"]);

/** Any end of a build as a failure that a person can act on; what is our own fault says so. */
const failureFrom = (error: unknown, signal: AbortSignal): BuildFailure => {
  if (signal.aborted && signal.reason instanceof BuildFailure) return signal.reason;
  if (error instanceof BuildFailure) return error;
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOSPC" || code === "EDQUOT")
    return new BuildFailure(
      "disk.full",
      "The disk of the build machine is full.",
      "Ask the operator to make room, then try again.",
      error,
    );
  if (code === "EMFILE" || code === "ENOMEM" || code === "EAGAIN")
    return new BuildFailure(
      "machine.busy",
      "The build machine has no room for another build at the moment.",
      "Try again in a while.",
      error,
    );
  return new BuildFailure(
    "internal",
    "Something went wrong on our side while building.",
    "Try again; if it happens again, tell the operator the build's id.",
    error,
  );
};

const contextFor = (
  order: BuildOrder,
  options: BuilderOptions,
  tools: Tools,
  parts: { log: BuildLog; reporter: Reporter; stop: AbortController },
): BuildContext => {
  const deadlineMs = Date.now() + order.limits.seconds * 1000;
  const timer = setTimeout(() => parts.stop.abort(outOfTime({ order })), order.limits.seconds * 1000);
  timer.unref();
  return {
    order,
    log: parts.log,
    tools,
    steps: trackSteps({ now: () => new Date(), report: (steps) => parts.reporter.add({ steps }) }),
    cache: openCacheFolder(options.cache, {
      tenant: order.tenant,
      component: order.mode === "check" ? null : order.component,
      id: order.id,
    }),
    signal: AbortSignal.any([parts.stop.signal, options.cancelled]),
    deadlineMs,
    onGroup: options.onGroup,
    hidden: options.hidden,
    pod: options.pod,
  };
};

/** What of a failure is told. */
const resultOf = (failure: BuildFailure, log: BuildLog): Result => {
  const logLine = endedInTools.has(failure.code) ? log.last() : null;
  const { code, message, next, params } = failure;
  // What to do of a step that failed is told beside its log: "the line named here".
  log.say(logLine === null ? `Failed: ${message} ${next}` : `Failed: ${message}`);
  return { state: "failed", code, message, next, params, logLine };
};

/** Carries out an order and tells how it went. Answers what it told. @throws when it could not tell. */
export const runOrder = async (order: BuildOrder, options: BuilderOptions): Promise<Result> => {
  const stop = new AbortController();
  const reporter = startReporter(order, (why) =>
    stop.abort(new BuildFailure("build.cancelled", `The build was ended: ${why}.`, "Deploy again when you want it built.")),
  );
  const log = startLog({
    maxBytes: order.limits.logBytes,
    secrets: secretsOf(order),
    emit: (line) => reporter.add({ lines: [line] }),
    now: () => new Date(),
  });
  let running: ReturnType<typeof markRunning> | undefined;
  let context: BuildContext | undefined;
  let result: Result;
  try {
    running = markRunning(options.cache, order.tenant);
    context = contextFor(order, options, await findTools(options.cache, { pod: options.pod }), { log, reporter, stop });
    result = await work(context, reporter);
  } catch (error) {
    const failure = failureFrom(error, context?.signal ?? options.cancelled);
    if (failure.code === "internal") console.error(error);
    result = resultOf(failure, log);
    if (order.mode === "check" && !(error instanceof BuildFailure && failure.code === "language.none"))
      reporter.add({ findings: [findingOf(failure)] });
  } finally {
    context?.steps.end();
    log.close();
    context?.cache.close();
    running?.end();
  }
  await reporter.finish(result);
  await limitCacheNowAndThen(options.cache);
  return result;
};
