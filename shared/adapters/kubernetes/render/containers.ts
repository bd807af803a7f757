import type { Workload } from "../../../contract/agent.ts";
import type { Attachment } from "../../../contract/component.ts";
import { type Served, serves } from "../versions.ts";
import type { RenderContext } from "./context.ts";
import { appContainer, portName } from "./names.ts";
import { probesFor } from "./probes.ts";
import { resourcesFor } from "./quantities.ts";
import { containerSecurityContext } from "./security.ts";

/** Before an instance is asked to stop, all that lead traffic to it hear of its end; nodes of a large cluster take some seconds. */
export const preStopSeconds = 5;

/** Kubernetes puts variables in for `$(NAME)` and takes `$$` for one dollar: here everything is meant as it is written. */
const literal = (words: readonly string[]): string[] => words.map((word) => word.replaceAll("$", "$$$$"));

/** An image without the program `sleep` ends at once; that is the worst of it. */
const preStop = (served: Served): object =>
  serves(served, "sleep") ? { sleep: { seconds: preStopSeconds } } : { exec: { command: ["sleep", String(preStopSeconds)] } };

export interface ContainerParts {
  /** Names of the Secrets with variables. */
  readonly secrets: { readonly app: string; readonly attachment: (name: string) => string | undefined };
  readonly mounts: readonly object[];
  /** Serves until it is stopped, or runs to its end. */
  readonly serves: boolean;
}

const everywhere = {
  securityContext: containerSecurityContext,
  imagePullPolicy: "IfNotPresent",
  // The last lines of a program that failed are then in the pod's status.
  terminationMessagePolicy: "FallbackToLogsOnError",
} as const;

const environment = (secret: string | undefined, more: readonly object[] = []) => ({
  ...(secret !== undefined && { envFrom: [{ secretRef: { name: secret } }] }),
  env: [{ name: "PLUVIA_INSTANCE", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }, ...more],
});

export function appFor(workload: Workload, context: RenderContext, parts: ContainerParts): object {
  const { configuration, artifact } = workload;
  const { command, reference } = context.image;
  // An image's own entry point gets the command as its arguments, as everywhere where images run; a slug has none.
  const given = command.length === 0 ? {} : { [artifact.kind === "slug" ? "command" : "args"]: literal(command) };
  return {
    name: appContainer,
    image: reference,
    ...given,
    // Not among the others: a release that changes none of them needs no Secret of its own, and is there a call sooner.
    ...environment(parts.secrets.app, [{ name: "PLUVIA_RELEASE", value: String(workload.releaseNumber) }]),
    ...(configuration.ports.length > 0 && {
      ports: configuration.ports.map(({ port }) => ({ name: portName(port), containerPort: port, protocol: "TCP" })),
    }),
    resources: resourcesFor(configuration),
    ...(parts.mounts.length > 0 && { volumeMounts: parts.mounts }),
    ...(parts.serves && probesFor(configuration)),
    ...(parts.serves && configuration.ports.length > 0 && { lifecycle: { preStop: preStop(context.served) } }),
    ...everywhere,
  };
}

/** With a name that no other container has. */
const attachmentContainer = (a: Attachment, { image }: RenderContext, parts: ContainerParts): object => ({
  name: `attachment-${a.name}`,
  image: image.attachments[a.image] ?? a.image,
  ...(a.command && { command: literal(a.command) }),
  ...environment(parts.secrets.attachment(a.name)),
  resources: resourcesFor({ resources: a.resources, requests: null }),
  ...(parts.mounts.length > 0 && { volumeMounts: parts.mounts }),
  ...everywhere,
});

/** In their order. Where the cluster knows sidecars, they start before the program and end after it; elsewhere they run beside it. */
export function attachmentsFor(workload: Workload, context: RenderContext, parts: ContainerParts) {
  const native = serves(context.served, "sidecars");
  const before: object[] = [];
  const beside: object[] = [];
  for (const attachment of workload.configuration.attachments) {
    const container = attachmentContainer(attachment, context, parts);
    if (attachment.kind === "init") before.push(container);
    else if (native) before.push({ ...container, restartPolicy: "Always" });
    else beside.push(container);
  }
  return { before, beside };
}
