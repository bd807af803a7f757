import type { Observation, Workload } from "../contract/agent.ts";
import type { Instance } from "../contract/component.ts";
import type { Capability, Capacity, NodeChange, ReportedNode } from "../contract/data-center.ts";
import type { ComponentId } from "../contract/id.ts";

export interface ClusterInstance extends Instance {
  /** Where each declared port of this instance answers. `port` is the declared one. Empty while unknown. */
  readonly endpoints: readonly { readonly port: number; readonly host: string; readonly hostPort: number }[];
  /** Files its output is appended to; they may be truncated to 0 by whoever has read them. */
  readonly logs: readonly { readonly stream: "out" | "err"; readonly path: string }[];
}

/** What those who serve a component and tell of it need to know of its workload. */
export interface ShownWorkload
  extends Pick<
    Workload,
    | "tenant"
    | "application"
    | "applicationName"
    | "component"
    | "componentName"
    | "generation"
    | "release"
    | "releaseNumber"
    | "hosts"
    | "wanted"
    | "limits"
  > {
  readonly configuration: Pick<Workload["configuration"], "kind" | "ports" | "replicas">;
}

export interface ObservedWorkload
  extends Pick<Observation, "component" | "tenant" | "generation" | "phase" | "serving" | "steps" | "signals"> {
  readonly instances: readonly ClusterInstance[];
  /**
   * Output of instances that have ended and left `instances`, so that its last lines can still be read. The files stay for at least
   * 10 minutes after the end.
   */
  readonly endedLogs: readonly { readonly instance: string; readonly stream: "out" | "err"; readonly path: string }[];
  /** Of what was last applied. */
  readonly workload: ShownWorkload;
}

/** A running program on a terminal. */
export interface Exec {
  write(data: Buffer): void;
  /** Resolves when what was written is on its way, where that is known: who writes much waits for it. */
  taken?(): Promise<void>;
  resize(columns: number, rows: number): void;
  onOutput(listener: (data: Buffer) => void): void;
  onExit(listener: (exitCode: number | null) => void): void;
  close(): void;
  /** Holds the program's output back while nobody can take it, where the terminal allows that. */
  pause?(): void;
  resume?(): void;
}

/**
 * What runs components: processes on one machine, Kubernetes elsewhere. It alone knows what a process, pod or Deployment is; how a
 * release replaces another without a failed request is its duty.
 */
export interface Cluster {
  /** All, or those of these components. What has not changed since the last look may be the very same object. */
  observe(of?: ReadonlySet<ComponentId>): Promise<readonly ObservedWorkload[]>;
  /** Accepts the workload durably and begins to make it so; does not wait for health. The same or an older generation changes nothing. */
  apply(workload: Workload): Promise<void>;
  /** Stops and forgets everything of the component. Fine when there is nothing. */
  remove(component: ComponentId): Promise<void>;
  /** @throws Fault `not_found` when the instance is not running. `instance: null` picks a ready one. */
  exec(request: {
    component: ComponentId;
    instance: string | null;
    command: readonly string[] | null;
    columns: number;
    rows: number;
  }): Promise<Exec>;
  /**
   * Called soon after anything that `observe` shows has changed, of these components (undefined: of any). Returns how to stop listening. A listener that
   * leads traffic answers a promise for
   * when it has followed: no instance is taken out of traffic before all have, so that its successor is known by then.
   */
  onChange(listener: (about: ReadonlySet<ComponentId> | undefined) => void | Promise<void>): () => void;
  capabilities(): Promise<readonly Capability[]>;
  capacity(): Promise<Capacity>;
  /** The machines that it runs on. */
  nodes(): Promise<readonly ReportedNode[]>;
  /**
   * Does of it what can be done now; asked again until it is done. Twice is once.
   * @throws Fault `not_found`: there is no such node. `forbidden`, `invalid`: it will never be done.
   */
  changeNode(node: string, change: NodeChange): Promise<NodeProgress>;
}

/** How far a change of a node is. `left`: instances that are still there. `blocked`: those of them that a disruption budget holds. */
export interface NodeProgress {
  readonly done: boolean;
  readonly left: number;
  readonly blocked: readonly string[];
}

/** Takes instances out of traffic before they are stopped. */
export interface Traffic {
  /**
   * From the call on no new request goes to this endpoint (whether or not `observe` was read since). Resolves when none is in flight any
   * more, or after `limitMs`. Never rejects. The same host and port may be given again to a later instance: `observe` tells.
   */
  drained(endpoint: { host: string; hostPort: number }, limitMs: number): Promise<void>;
}
