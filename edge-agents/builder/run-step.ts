import type { PlanStep, ToolName } from "../../shared/domain/build/build-plan.ts";
import { BuildFailure } from "../../shared/domain/build/failure.ts";
import { stepFailure } from "../../shared/domain/build/step-failure.ts";
import { type BuildContext, leftMs } from "./context.ts";
import { filled, type OpenWorkspace, stepEnvironment } from "./environment.ts";
import { giveWay } from "./give-way.ts";
import { watchMemory } from "./memory.ts";
import { runProcess } from "./process.ts";

/** Of a failed step, to find out why. */
const linesRead = 40;

const programOf = (context: BuildContext, word: string): readonly string[] => context.tools.programs[word as ToolName] ?? [word];

/** Without our own folders. */
const shown = (step: PlanStep): string =>
  step.argv
    .map((word) => word.replace(/\{(app|out|cache)\}\/?/g, "") || ".")
    .map((word) => (/\s/.test(word) ? JSON.stringify(word) : word))
    .join(" ");

const failed = (context: BuildContext, step: PlanStep, how: string): BuildFailure =>
  stepFailure({ step: shown(step), how, lines: context.log.tail(linesRead) });

/** Runs one step of a plan in the workspace. @throws BuildFailure `build.failed`, `build.timeout`, `build.cancelled`. */
export const runStep = async (context: BuildContext, workspace: OpenWorkspace, step: PlanStep): Promise<void> => {
  const { log } = context;
  log.say(`$ ${shown(step)}`);
  const [first = "", ...rest] = step.argv;
  const confined = await workspace.confined(context);
  const started = confined.start(
    [...programOf(context, first), ...rest.map((word) => filled(word, workspace))],
    stepEnvironment(context, workspace, step),
  );
  const memory = watchMemory();
  const ran = await runProcess({
    argv: started.argv,
    folder: workspace.app,
    environment: started.environment,
    timeoutMs: leftMs(context),
    signal: context.signal,
    onLine: (stream, line) => log.write(stream, line),
    onGroup: (group) => {
      context.onGroup(group);
      if (group !== null) giveWay(group);
    },
  });
  if (ran.ended === "exited" && ran.exitCode === 0) return;
  if (context.signal.aborted) throw context.signal.reason;
  if (ran.ended === "timeout") throw outOfTime(context);
  if (ran.ended === "not-started") throw failed(context, step, "could not be started");
  const starved = memory.failure({ step: shown(step), exitCode: ran.exitCode });
  if (starved) throw starved;
  throw failed(context, step, ran.exitCode === null ? `was ended by ${ran.signal}` : `failed with exit code ${ran.exitCode}`);
};

export const outOfTime = (context: Pick<BuildContext, "order">): BuildFailure =>
  new BuildFailure(
    "build.timeout",
    `The build was not done after ${context.order.limits.seconds} seconds, the time a build may take, and was ended.`,
    "Look at the last lines of the log for what it waited for: a build must not ask questions or start a server.",
    undefined,
    { seconds: context.order.limits.seconds },
  );
