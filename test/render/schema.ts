import { DaemonSet, Deployment, StatefulSet } from "kubernetes-models/apps/v1";
import { HorizontalPodAutoscaler } from "kubernetes-models/autoscaling/v2";
import { CronJob, Job } from "kubernetes-models/batch/v1";
import { NetworkPolicy } from "kubernetes-models/networking.k8s.io/v1";
import { PodDisruptionBudget } from "kubernetes-models/policy/v1";
import { RoleBinding } from "kubernetes-models/rbac.authorization.k8s.io/v1";
import {
  ConfigMap,
  LimitRange,
  Namespace,
  PersistentVolumeClaim,
  ResourceQuota,
  Secret,
  Service,
  ServiceAccount,
} from "kubernetes-models/v1";
import type { Manifest } from "../../shared/adapters/kubernetes/render/manifest.ts";

interface Model {
  readonly apiVersion: string;
  readonly kind: string;
  readonly prototype: { validate(): void };
}
/** Published schemas of a newest Kubernetes. */
const models: readonly Model[] = [
  DaemonSet,
  Deployment,
  StatefulSet,
  HorizontalPodAutoscaler,
  CronJob,
  Job,
  NetworkPolicy,
  PodDisruptionBudget,
  RoleBinding,
  ConfigMap,
  LimitRange,
  Namespace,
  PersistentVolumeClaim,
  ResourceQuota,
  Secret,
  Service,
  ServiceAccount,
] as unknown as Model[];

/** Notes what is read of it: a schema's check reads exactly the fields that the schema has. */
function watched(value: object, path: string, read: Set<string>): object {
  return new Proxy(value, {
    get(target, key, receiver) {
      const part: unknown = Reflect.get(target, key, receiver);
      const at = `${path}.${String(key)}`;
      read.add(at);
      return typeof part === "object" && part !== null ? watched(part, at, read) : part;
    },
  });
}
const pathsOf = (value: unknown, path: string): string[] =>
  typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, part]) => [`${path}.${key}`, ...pathsOf(part, `${path}.${key}`)])
    : [];

/** What is wrong with it: against the schema, and fields that the schema does not have, which an API server would drop. */
export function problemsOf(manifest: Manifest): string[] {
  const model = models.find((m) => m.apiVersion === manifest.apiVersion && m.kind === manifest.kind);
  if (model === undefined) return [`there is no schema of ${manifest.apiVersion} ${manifest.kind}`];
  const read = new Set<string>();
  try {
    model.prototype.validate.call(watched(manifest, "", read));
  } catch (error) {
    return [(error as Error).message];
  }
  return pathsOf(manifest, "")
    .filter((path) => !read.has(path))
    .map((path) => `${path} is unknown`);
}
