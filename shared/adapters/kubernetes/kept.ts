import type { KubernetesObject, Metadata } from "./object.ts";
import { labels } from "./render/names.ts";
import type { Condition, Container, Node, Pod, Service } from "./shapes.ts";

/** Without who manages which field, which is half of an object, and what others noted on it: neither is ever looked at. */
export function bare<T extends KubernetesObject>(object: T): T {
  const { managedFields: _managed, annotations: _noted, ...metadata } = object.metadata as Metadata & { managedFields?: unknown };
  return { ...object, metadata };
}

/** Nothing but that it is there, and which version of it. */
export const bareMetadata = <T extends KubernetesObject>({ apiVersion, kind, metadata }: T): T =>
  bare({ apiVersion, kind, metadata } as T);

/** Its images alone are longer than all else; and every heartbeat changes the times of its conditions. */
export function bareNode(node: Node): Node {
  const { nodeInfo, allocatable, capacity, conditions, addresses, daemonEndpoints } = node.status ?? {};
  const told = conditions?.map(({ type, status, reason, message }) => ({ type, status, reason, message }));
  return {
    ...bare(node),
    status: {
      ...(nodeInfo && { nodeInfo: { kubeletVersion: nodeInfo.kubeletVersion } }),
      ...(allocatable && { allocatable }),
      ...(capacity && { capacity }),
      ...(told && { conditions: told }),
      ...(addresses && { addresses }),
      ...(daemonEndpoints && { daemonEndpoints }),
    },
  } as Node;
}

const bareContainer = ({ name, image, resources, ports, restartPolicy }: Container): Container => ({
  name,
  image,
  ...(restartPolicy !== undefined && { restartPolicy }),
  ...(resources && { resources }),
  ...(ports && { ports: ports.map(({ containerPort }) => ({ containerPort })) }),
});
/** Where it is, or may be, and how its containers are; not what they were made of. */
export function barePod(pod: Pod): Pod {
  const { nodeName, nodeSelector, tolerations, containers, initContainers, volumes } = pod.spec;
  const claims = volumes?.flatMap(({ name, persistentVolumeClaim: claim }) =>
    claim ? [{ name, persistentVolumeClaim: claim }] : [],
  );
  return {
    ...bare(pod),
    spec: {
      ...(nodeName === undefined ? { ...(nodeSelector && { nodeSelector }), ...(tolerations && { tolerations }) } : { nodeName }),
      containers: containers.map(bareContainer),
      ...(initContainers && { initContainers: initContainers.map(bareContainer) }),
      ...(claims && claims.length > 0 && { volumes: claims }),
    },
  };
}

/** Where it is reached from outside. */
export const bareService = ({ apiVersion, kind, metadata, spec, status }: Service): Service =>
  bare({
    apiVersion,
    kind,
    metadata,
    spec: { type: spec.type, ports: spec.ports?.map(({ port, nodePort }) => ({ port, ...(nodePort && { nodePort }) })) ?? [] },
    ...(status?.loadBalancer?.ingress && { status: { loadBalancer: status.loadBalancer } }),
  });

interface Maker extends KubernetesObject {
  readonly spec?: {
    readonly replicas?: number;
    readonly template?: { readonly metadata?: { readonly labels?: Readonly<Record<string, string>> } };
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly desiredNumberScheduled?: number;
    readonly conditions?: readonly Condition[];
  };
}

/** Of what makes pods: how many, of which revision, and how far it is. What its pods are made of is rendered anew when it is needed. */
export function bareMaker<T extends Maker>(object: T): T {
  const { metadata, spec, status } = object;
  const revision = spec?.template?.metadata?.labels?.[labels.revision];
  return bare({
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata,
    spec: {
      ...(spec?.replicas !== undefined && { replicas: spec.replicas }),
      template: { metadata: { labels: revision === undefined ? {} : { [labels.revision]: revision } } },
    },
    status: {
      observedGeneration: status?.observedGeneration,
      desiredNumberScheduled: status?.desiredNumberScheduled,
      conditions: status?.conditions?.map(({ type, status, reason, message, lastTransitionTime }) => ({
        type,
        status,
        reason,
        message,
        lastTransitionTime,
      })),
    },
  } as unknown as T);
}
