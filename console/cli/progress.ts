import type { Operation } from "../../shared/contract/operation.ts";
import type { LogLine } from "../../shared/contract/agent.ts";
import type { Step } from "../../shared/contract/release.ts";
import type { Output } from "./output.ts";
import { inert } from "../../shared/base/inert.ts";
import { duration, inertLine } from "./text.ts";

const final = new Set(["succeeded", "failed", "superseded", "cancelled"]);
export const hasEnded = (operation: Pick<Operation, "state">): boolean => final.has(operation.state);

const marks = { waiting: "·", running: "•", succeeded: "✓", failed: "✗", skipped: "-" } as const;
const took = (step: Step, now: number): string =>
  step.startedAt === null ? "" : duration((step.endedAt === null ? now : Date.parse(step.endedAt)) - Date.parse(step.startedAt));
/** A data center's operation has a step for each component, under its id. */
const wordOf = (step: Step): string => String(step.params?.["label"] ?? step.name);
export const stepLine = (step: Step, now: number): string =>
  inertLine(
    [
      marks[step.state],
      wordOf(step),
      step.state === "running" || step.state === "waiting" ? "" : took(step, now),
      step.message && step.state !== "succeeded" ? `— ${step.message}` : "",
    ]
      .filter(Boolean)
      .join(" "),
  );

/** What is new since `before` and worth a line of its own: steps that ended, and without a live display those that began. */
export function newSteps(before: readonly Step[], after: readonly Step[], live: boolean): readonly Step[] {
  const known = new Map(before.map((s) => [s.name, s.state]));
  return after.filter(
    (s) => known.get(s.name) !== s.state && s.state !== "waiting" && s.state !== "skipped" && (s.state !== "running" || !live),
  );
}

export interface Progress {
  operation(operation: Operation): void;
  /** Nothing has begun yet, and why. */
  waits(why: string): void;
  lines(lines: readonly LogLine[]): void;
  end(): void;
}

const frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const frameMs = 120;

/** One line at the bottom that moves, everything else scrolls above it. */
function liveLine(output: Output): { show(text: string): void; above(text: string): void; end(): void } {
  let shown = "";
  const clear = "\r\u001b[2K";
  const fit = (text: string): string => text.slice(0, Math.max(20, (process.stderr.columns ?? 80) - 1));
  return {
    show(text) {
      shown = fit(text);
      output.raw(clear + shown);
    },
    above: (text) => output.raw(`${clear}${text}\n${shown}`),
    end: () => output.raw(clear),
  };
}

function liveProgress(output: Output): Progress {
  const line = liveLine(output);
  let steps: readonly Step[] = [];
  let label = "";
  let since = Date.now();
  let frame = 0;
  const draw = (): void => line.show(`${frames[frame++ % frames.length]} ${label} ${duration(Date.now() - since)}`);
  const timer = setInterval(draw, frameMs);
  return {
    operation(operation) {
      for (const step of newSteps(steps, operation.steps, true))
        line.above(output.style(step.state === "failed" ? "red" : "green", stepLine(step, Date.now())));
      steps = operation.steps;
      const running = steps.find((s) => s.state === "running");
      label = inertLine(
        running ? `${wordOf(running)}${running.message ? ` — ${running.message}` : ""}` : `${operation.kind} ${operation.state}`,
      );
      since = Date.parse(running?.startedAt ?? operation.createdAt);
      draw();
    },
    waits(why) {
      label = why;
      draw();
    },
    lines(lines) {
      for (const l of lines) line.above(output.style("dim", `  ${inert(l.text)}`));
    },
    end() {
      clearInterval(timer);
      line.end();
    },
  };
}

function plainProgress(output: Output): Progress {
  let steps: readonly Step[] = [];
  let said = "";
  return {
    operation(operation) {
      for (const step of newSteps(steps, operation.steps, false)) output.note(stepLine(step, Date.now()));
      steps = operation.steps;
    },
    waits(why) {
      if (why !== said) output.note(`· ${why}`);
      said = why;
    },
    lines(lines) {
      for (const l of lines) output.note(`  ${l.text}`);
    },
    end() {},
  };
}

export const newProgress = (output: Output): Progress => (output.live ? liveProgress(output) : plainProgress(output));
