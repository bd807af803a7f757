import type { BuildOrder } from "../../contract/agent.ts";
import type { BuilderState, BuildRunner } from "../../ports/build-runner.ts";

export interface MemoryBuildRunner extends BuildRunner {
  readonly orders: readonly BuildOrder[];
  /** Ends a build as if its builder had gone, or has it wait. */
  end(handle: string, how: Exclude<BuilderState, "running">): void;
}

/** Keeps orders and runs nothing. */
export function memoryBuildRunner(): MemoryBuildRunner {
  const orders: BuildOrder[] = [];
  const states = new Map<string, BuilderState>();
  return {
    orders,
    start: async (order) => {
      const handle = `memory:${order.id}`;
      if (states.get(handle) === "running") return handle;
      orders.push(order);
      states.set(handle, "running");
      return handle;
    },
    observe: async (handle) => states.get(handle) ?? "lost",
    cancel: async (handle) => {
      if (states.has(handle)) states.set(handle, "ended");
    },
    end: (handle, how) => {
      states.set(handle, how);
    },
  };
}
