import type { KubernetesObject } from "./object.ts";

/** The parts of Kubernetes objects that are read here; what is optional may be missing in any object. */

export interface Condition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
  /** Of nodes. */
  readonly lastHeartbeatTime?: string;
}
export interface Terminated {
  readonly exitCode: number;
  readonly signal?: number;
  readonly reason?: string;
  /** The last lines of its output, where the pod asks for them (`FallbackToLogsOnError`). */
  readonly message?: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly containerID?: string;
}
export interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly running?: { readonly startedAt: string };
  readonly terminated?: Terminated;
}
export interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly imageID?: string;
  readonly containerID?: string;
  readonly state?: ContainerState;
  readonly lastState?: ContainerState;
}
export interface Quantities {
  readonly [resource: string]: string;
}
export interface Container {
  readonly name: string;
  readonly image: string;
  readonly resources?: { readonly requests?: Quantities; readonly limits?: Quantities };
  readonly ports?: readonly { readonly containerPort: number }[];
  /** Always, of one that starts before the others and runs beside them. */
  readonly restartPolicy?: string;
}
export interface Toleration {
  /** Absent: every taint. */
  readonly key?: string;
  readonly operator?: string;
  readonly value?: string;
  /** Absent: whatever the taint does. */
  readonly effect?: string;
}
export interface Pod extends KubernetesObject {
  readonly spec: {
    readonly nodeName?: string;
    readonly nodeSelector?: Readonly<Record<string, string>>;
    readonly tolerations?: readonly Toleration[];
    readonly containers: readonly Container[];
    readonly initContainers?: readonly Container[];
    readonly volumes?: readonly { readonly name: string; readonly persistentVolumeClaim?: { readonly claimName: string } }[];
  };
  readonly status?: {
    readonly phase?: "Pending" | "Running" | "Succeeded" | "Failed" | "Unknown";
    readonly reason?: string;
    readonly message?: string;
    readonly podIP?: string;
    readonly conditions?: readonly Condition[];
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
  };
}
export interface ClusterEvent extends KubernetesObject {
  readonly involvedObject: { readonly kind?: string; readonly name?: string; readonly uid?: string };
  readonly reason?: string;
  readonly message?: string;
  readonly type?: string;
  readonly firstTimestamp?: string | null;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
}
interface Templated extends KubernetesObject {
  readonly spec: {
    readonly replicas?: number;
    readonly template: { readonly metadata?: { readonly labels?: Readonly<Record<string, string>> } };
  };
}
export interface Deployment extends Templated {
  readonly status?: { readonly observedGeneration?: number; readonly conditions?: readonly Condition[] };
}
export interface StatefulSet extends Templated {
  readonly status?: { readonly observedGeneration?: number; readonly conditions?: readonly Condition[] };
}
export interface DaemonSet extends Templated {
  readonly status?: { readonly observedGeneration?: number; readonly desiredNumberScheduled?: number };
}
export interface Job extends Templated {
  readonly status?: { readonly active?: number; readonly succeeded?: number; readonly conditions?: readonly Condition[] };
}
export interface CronJob extends KubernetesObject {
  readonly status?: { readonly lastScheduleTime?: string; readonly active?: readonly { readonly name: string }[] };
}
export interface Claim extends KubernetesObject {
  readonly spec: {
    readonly storageClassName?: string | null;
    readonly resources?: { readonly requests: { readonly storage: string } };
  };
  readonly status?: { readonly phase?: "Pending" | "Bound" | "Lost" };
}
export interface Service extends KubernetesObject {
  readonly spec: { readonly type: string; readonly ports: readonly { readonly port: number; readonly nodePort?: number }[] };
  readonly status?: {
    readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[] };
  };
}
export interface Secret extends KubernetesObject {
  /** Base64. */
  readonly data?: Readonly<Record<string, string>>;
}
export interface Node extends KubernetesObject {
  readonly spec?: {
    readonly unschedulable?: boolean;
    readonly taints?: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
  };
  readonly status?: {
    readonly nodeInfo?: { readonly kubeletVersion?: string };
    readonly allocatable?: Quantities;
    readonly capacity?: Quantities;
    readonly conditions?: readonly Condition[];
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
    readonly daemonEndpoints?: { readonly kubeletEndpoint?: { readonly Port: number } };
  };
}

export const conditionOf = (
  o: { readonly status?: { readonly conditions?: readonly Condition[] } } | undefined,
  type: string,
): Condition | undefined => o?.status?.conditions?.find((c) => c.type === type);
export const isTrue = (condition: Condition | undefined): boolean => condition?.status === "True";
export const msOf = (time: string | null | undefined): number | null => (time ? Date.parse(time) : null);
