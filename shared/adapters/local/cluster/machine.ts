import type { Workload } from "../../../contract/agent.ts";
import type { ComponentRecord, Exit, InstanceRecord, Signal } from "./record.ts";

type Endpoints = InstanceRecord["endpoints"];

/** What one look at a running instance tells. */
export interface Probe {
  readonly healthy: boolean;
  readonly endpoints: Endpoints;
  /** Why it is not healthy, and what is odd about its ports. */
  readonly signals: readonly Signal[];
}

/** What a keeper moves: real processes, or a test's pretended ones. */
export interface Machine {
  /**
   * Makes ready all that the instance needs before its process can start, and answers its host ports. Slow only for the first instance of
   * an artifact. @throws Fault: `invalid` when no later attempt can succeed.
   */
  prepare(workload: Workload, instance: InstanceRecord): Promise<InstanceRecord["ports"]>;
  /** Starts its process. `onExit` is called once, later, also when it could not be started. */
  start(
    workload: Workload,
    instance: InstanceRecord,
    onExit: (exit: Exit, failure: Signal | null) => void,
  ): InstanceRecord["process"];
  /** The process of this instance if it lives, started by an earlier life of ours: also one whose record never learned of it. */
  adopt(workload: Workload, instance: InstanceRecord, onExit: (exit: Exit) => void): InstanceRecord["process"];
  /** To all processes of the instance. */
  signal(instance: InstanceRecord, name: "SIGTERM" | "SIGKILL"): void;
  probe(workload: Workload, instance: InstanceRecord): Promise<Probe>;
  /** Its process has ended for good: frees its ports and working files, keeps its output. */
  free(instance: InstanceRecord): Promise<void>;
  usage(instance: InstanceRecord): { readonly memoryBytes: number; readonly cpuMillis: number } | null;
  logs(instance: InstanceRecord): readonly { readonly stream: "out" | "err"; readonly path: string }[];
}

/** Where a keeper's records are kept. A save has happened when it returns. */
export interface Records {
  saveComponent(record: ComponentRecord): void;
  saveInstance(record: InstanceRecord): void;
  removeInstance(id: string): Promise<void>;
  removeAll(): Promise<void>;
}
