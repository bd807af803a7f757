import type { LogLine } from "../../shared/contract/agent.ts";
import type { Component } from "../../shared/contract/component.ts";
import { Fault } from "../../shared/base/fault.ts";
import type { SubscribeOptions } from "../../shared/client/streams.ts";
import type { Context } from "./context.ts";
import { answerMs, noAnswer, openTicketed } from "./live.ts";

export interface LogHandlers {
  onLines(lines: readonly LogLine[]): void;
  onGap(gap: { from: number; to: number; reason: string }): void;
}

/** Reads a component's runtime log from its data center until it ends (never, when following) or `signal` aborts. */
export function streamLog(
  context: Context,
  component: Component["id"],
  options: SubscribeOptions,
  handlers: LogHandlers,
  signal?: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = openTicketed(
      () => context.client.ticketCreate({ params: { component } }),
      (state) => {
        if (state.state === "closed" && state.error) finish(() => reject(state.error));
      },
    );
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
      settle();
      stream.close();
    };
    const stop = (): void => finish(resolve);
    const timer = setTimeout(() => finish(() => reject(noAnswer())), answerMs);
    signal?.addEventListener("abort", stop, { once: true });
    stream.subscribe(`log/${component}`, options, {
      onSubscribed: () => clearTimeout(timer),
      onData: (data) => data.kind === "lines" && handlers.onLines(data.lines),
      onGap: handlers.onGap,
      onCaughtUp: () => {
        if (options.follow === false) stop();
      },
      onEnded: stop,
      onError: (error) => finish(() => reject(new Fault("unavailable", error.message, error.next ? { next: error.next } : {}))),
    });
  });
}

/** The newest lines there are now; after `limitMs`, those that came. */
export async function readLog(
  context: Context,
  component: Component["id"],
  options: { tail: number; limitMs: number },
): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  const handlers: LogHandlers = { onLines: (more) => lines.push(...more), onGap: () => {} };
  await streamLog(context, component, { tail: options.tail, follow: false }, handlers, AbortSignal.timeout(options.limitMs));
  return lines;
}
