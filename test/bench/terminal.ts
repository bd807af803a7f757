// G14: what the link adds to a terminal: a character typed until it is seen, through the platform's stream, and on a pty of this process.
import { loadavg } from "node:os";
import { setTimeout as wait } from "node:timers/promises";
import { spawn } from "@lydell/node-pty";
import { openTicketed } from "../../console/cli/live.ts";
import type { Component } from "../../shared/contract/component.ts";
import { demo, deployed } from "../e2e/journey.ts";
import { removeHome, signUp, startPlatform } from "../e2e/platform.ts";
import { quantile } from "./ratio.ts";

const rounds = 4;
const strokes = Number(process.env["PLUVIA_STROKES"] ?? 500);
/** A fast typist's pause. */
const pauseMs = 5;

interface Terminal {
  type(text: string): void;
  onOutput(listener: (text: string) => void): void;
  close(): void;
}

/** The peer: the same program, on a pty right here. */
function direct(): Terminal {
  const pty = spawn("/bin/cat", [], { cols: 80, rows: 24 });
  return { type: (text) => pty.write(text), onOutput: (listener) => pty.onData(listener), close: () => pty.kill() };
}

async function linked(call: Awaited<ReturnType<typeof signUp>>["call"], { id }: Component): Promise<Terminal> {
  const listeners: ((text: string) => void)[] = [];
  const asked = { instance: null, command: ["/bin/cat"] };
  const stream = openTicketed(() => call("POST", `/v1/components/${id}/terminal-tickets`, asked));
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const subscription = stream.subscribe(
    `terminal/${id}`,
    { columns: 80, rows: 24 },
    {
      onSubscribed: () => resolve(),
      onError: (error) => reject(new Error(error.message)),
      onData: (data) => {
        if (data.kind === "output") for (const listener of listeners) listener(data.data);
      },
    },
  );
  await promise;
  return { type: subscription.input, onOutput: (listener) => void listeners.push(listener), close: () => stream.close() };
}

/** ms of each stroke, as the terminal echoes it. */
async function echoes(terminal: Terminal): Promise<number[]> {
  let seen: (() => void) | undefined;
  terminal.onOutput(() => seen?.());
  const times: number[] = [];
  for (let stroke = 0; stroke < strokes; stroke++) {
    // A line is not to grow without end: the terminal itself takes no more than 4,096 characters.
    const text = stroke % 60 === 59 ? "\u0015" : "x";
    const echoed = new Promise<void>((resolve) => {
      seen = resolve;
    });
    const began = performance.now();
    terminal.type(text);
    await echoed;
    if (text === "x") times.push(performance.now() - began);
    seen = undefined;
    await wait(pauseMs);
  }
  return times;
}

export async function terminalBench(): Promise<void> {
  const platform = await startPlatform();
  try {
    const { call } = await signUp(platform.url);
    const component = await deployed(call, { application: "bench", name: "web", git: demo(platform.url, "node") });
    const [mine, peer]: [number[], number[]] = [[], []];
    const through = await linked(call, component);
    const straight = direct();
    await wait(500);
    for (let round = 0; round < rounds; round++) {
      mine.push(...(await echoes(through)));
      peer.push(...(await echoes(straight)));
    }
    through.close();
    straight.close();
    const told = (name: string, values: readonly number[]) =>
      console.log(
        `  ${name}: p50 ${quantile(values, 0.5).toFixed(2)} ms, p99 ${quantile(values, 0.99).toFixed(2)} ms of ${values.length} strokes`,
      );
    console.log(`  load average ${loadavg()[0]?.toFixed(1)}`);
    told("through the link", mine);
    told("on a pty of this process", peer);
    const more = (q: number) => (quantile(mine, q) - quantile(peer, q)).toFixed(2);
    console.log(`G14: the link adds ${more(0.5)} ms at p50, ${more(0.99)} ms at p99 (goal: 2 ms)`);
  } finally {
    await platform.stop();
    await removeHome(platform.home);
  }
}
