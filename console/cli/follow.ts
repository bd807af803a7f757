import { isUnreachable } from "../../shared/client/api-error.ts";
import type { Stream } from "../../shared/client/streams.ts";
import type { LogLine } from "../../shared/contract/agent.ts";
import type { Operation } from "../../shared/contract/operation.ts";
import type { Context } from "./context.ts";
import { exitCodes, TimedOut } from "./failure.ts";
import { inertLine } from "./text.ts";
import { timeoutMsOf } from "./timeout.ts";
import { turnWords } from "./turn.ts";
import { hasEnded, newProgress, type Progress } from "./progress.ts";

/** The stream tells at once; reading is for when it does not, so it is slow while the stream is up. */
const pollMs = { streaming: 5_000, alone: 700 };
/** How long the platform may be away (say, being started again) before we give up following. */
const awayMsMax = 60_000;
/** The platform ends an operation at its deadline; it may need a moment to. */
const lateMs = 60_000;

/** A bell that wakes whoever waits, and does not forget a ring that nobody waited for. */
function newBell(): { ring(): void; wait(ms: number): Promise<void> } {
  let rung = false;
  let wake: (() => void) | undefined;
  return {
    ring() {
      rung = true;
      wake?.();
    },
    wait: (ms) =>
      new Promise((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          wake = undefined;
          rung = false;
          resolve();
        };
        const timer = setTimeout(done, ms);
        wake = done;
        if (rung) done();
      }),
  };
}

interface Following {
  readonly context: Context;
  readonly progress: Progress;
  readonly bell: ReturnType<typeof newBell>;
  readonly stream: Stream;
  operation: Operation;
  streaming: boolean;
  build: string | undefined;
  /** Sequence of the last build log line shown. */
  line: number;
}

function take(f: Following, operation: Operation): void {
  if (operation.generation < f.operation.generation) return;
  f.operation = operation;
  f.progress.operation(operation);
  if (operation.build !== null && f.build === undefined) {
    f.build = operation.build;
    f.stream.subscribe(
      `build-log/${operation.build}`,
      { after: 0 },
      { onData: (data) => data.kind === "lines" && showLines(f, data.lines) },
    );
  }
  f.bell.ring();
}

function showLines(f: Following, lines: readonly LogLine[]): void {
  const fresh = lines.filter((l) => l.sequence > f.line);
  if (fresh.length === 0) return;
  f.line = fresh.at(-1)?.sequence ?? f.line;
  f.progress.lines(fresh);
}

/** Lines that the stream has not brought. */
async function readLines(f: Following): Promise<void> {
  if (f.operation.build === null) return;
  const { lines } = await f.context.client.buildLogView({
    params: { build: f.operation.build },
    query: { after: f.line, limit: 5_000 },
  });
  showLines(f, lines);
}

async function read(f: Following): Promise<void> {
  take(f, await f.context.client.operationView({ params: { operation: f.operation.id } }));
  await sayTurn(f);
  if (!f.streaming) await readLines(f);
}

/** Why nothing has begun: others' builds come first, or its builder has no room. */
async function sayTurn(f: Following): Promise<void> {
  const { build, steps } = f.operation;
  if (build === null || steps.some((step) => step.state !== "waiting")) return;
  const { turn, advice } = await f.context.client.buildView({ params: { build } });
  if (turn) f.progress.waits(turnWords(turn));
  else if (advice.length > 0) f.progress.waits(advice.map(({ message, next }) => inertLine(`${message} ${next}`)).join(" "));
}

async function untilEnded(f: Following, patience: () => number): Promise<void> {
  const began = Date.now();
  let awaySince: number | undefined;
  while (!hasEnded(f.operation)) {
    const giveUpAt = began + patience();
    await f.bell.wait(Math.min(f.streaming ? pollMs.streaming : pollMs.alone, Math.max(1, giveUpAt - Date.now())));
    if (hasEnded(f.operation)) return;
    try {
      await read(f);
      awaySince = undefined;
    } catch (error) {
      awaySince ??= Date.now();
      if (!isUnreachable(error) || Date.now() - awaySince > awayMsMax) throw error;
    }
    if (!hasEnded(f.operation) && Date.now() >= giveUpAt) throw stillRunning(f.operation);
  }
}

const stillRunning = ({ id, state }: Operation): TimedOut =>
  new TimedOut(`Operation ${id} is still ${state}.`, `It goes on without us. Look again with: pluvia operations ${id}`);

/** Ctrl-C ends the watching, not the operation: that is said, with what can be done. @returns what stops listening. */
function sayWhenLeft(f: Following): () => void {
  const left = (): void => {
    f.progress.end();
    const { id, kind } = f.operation;
    const cancel = kind === "deploy" ? ` Give it up with: pluvia operations cancel ${id}` : "";
    f.context.output.note(`The ${kind} goes on without you. Look again with: pluvia operations ${id}.${cancel}`);
    process.exit(exitCodes.interrupted);
  };
  process.once("SIGINT", left);
  return () => process.off("SIGINT", left);
}

/** Shows an operation until it has ended, whatever its end. By stream where that can be had, else by asking. */
export async function follow(context: Context, operation: Operation): Promise<Operation> {
  const { openRealtime } = await import("./live.ts");
  const stream = openRealtime(context);
  const f: Following = {
    context,
    progress: newProgress(context.output),
    bell: newBell(),
    stream,
    operation,
    streaming: false,
    build: undefined,
    line: 0,
  };
  const timeout = timeoutMsOf(context.options.timeout);
  // The platform's clock is not ours: only the distance between its times says something here. A build that waits for its turn gets a later deadline.
  const allowed = () => Date.parse(f.operation.deadline) - Date.parse(f.operation.createdAt) + lateMs;
  const stopListening = sayWhenLeft(f);
  try {
    take(f, operation);
    stream.subscribe(
      `operation/${operation.id}`,
      { after: 0 },
      {
        onSubscribed: () => {
          f.streaming = true;
        },
        onData: (data) => data.kind === "operation" && take(f, data.operation),
        onError: () => {
          f.streaming = false;
        },
      },
    );
    await untilEnded(f, () => timeout ?? allowed());
    await readLines(f);
    return f.operation;
  } finally {
    stopListening();
    f.progress.end();
    stream.close();
  }
}
