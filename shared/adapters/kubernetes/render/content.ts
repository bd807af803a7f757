import type { Workload } from "../../../contract/agent.ts";
import type { Attachment, ConfigFile } from "../../../contract/component.ts";
import { mainPort } from "../../../domain/main-port.ts";
import type { RenderContext } from "./context.ts";
import { hashOf, type Manifest } from "./manifest.ts";
import { componentLabels, labels, nameFor, namespaceFor } from "./names.ts";

/** What a Secret's key may be; a variable of an image that is called otherwise cannot be set from outside. */
const keyForm = /^[-._A-Za-z0-9]{1,253}$/;
/** The API server takes 1 MiB per object. */
const mapBytesMax = 900_000;

type Variables = Readonly<Record<string, string>>;

/** What a program gets of its surroundings but for the names of its release and of the instance. The same as in the embedded data center; it listens on the ports it declares. */
export function variablesOf(workload: Workload, image: Pick<RenderContext["image"], "variables">): Record<string, string> {
  const { ports } = workload.configuration;
  const main = mainPort(ports);
  return {
    ...image.variables,
    ...workload.variables,
    PLUVIA_APPLICATION: workload.applicationName,
    PLUVIA_COMPONENT: workload.componentName,
    ...Object.fromEntries(ports.map((p) => [`PORT_${p.port}`, String(p.port)])),
    ...(main === 0 ? {} : { PORT: String(main) }),
  };
}

/** An object that is named by what is in it, so that a template that names it means exactly this, and is never changed. */
function named(workload: Workload, context: RenderContext, object: { kind: string; name: string; content: object }): Manifest {
  const hash = hashOf(object.content);
  return {
    apiVersion: "v1",
    kind: object.kind,
    metadata: {
      name: `${nameFor(workload.component)}-${object.name}-${hash}`,
      namespace: namespaceFor(workload.tenant),
      labels: { ...componentLabels(workload, context.dataCenter), [labels.content]: hash },
    },
    immutable: true,
    ...object.content,
  };
}

function secretOf(workload: Workload, context: RenderContext, name: string, variables: Variables): Manifest {
  const entries = Object.entries(variables)
    .filter(([key]) => keyForm.test(key))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => [key, Buffer.from(value).toString("base64")]);
  return named(workload, context, { kind: "Secret", name, content: { type: "Opaque", data: Object.fromEntries(entries) } });
}

export const variablesSecret = (workload: Workload, context: RenderContext): Manifest =>
  secretOf(workload, context, "variables", variablesOf(workload, context.image));

export const attachmentSecret = (workload: Workload, context: RenderContext, attachment: Attachment): Manifest =>
  secretOf(workload, context, `attachment-${attachment.name}`, attachment.variables);

/** The key of a configuration file, by its place in the list: a path may be longer than a key. */
export const fileKey = (index: number): string => `file-${index}`;

export interface FileMap {
  readonly manifest: Manifest;
  readonly items: readonly { readonly key: string; readonly path: string; readonly mode: number }[];
}

/** Configuration files as ConfigMaps: one, unless they are too large for that. */
export function fileMaps(workload: Workload, context: RenderContext): FileMap[] {
  const files = workload.configuration.files.map((file, index) => ({
    file,
    key: fileKey(index),
    bytes: Buffer.byteLength(file.content),
  }));
  return filled(files).map((part, at) => ({
    manifest: named(workload, context, {
      kind: "ConfigMap",
      name: at === 0 ? "files" : `files-${at}`,
      content: { data: Object.fromEntries(part.map(({ file, key }) => [key, file.content])) },
    }),
    items: part.map(({ file, key }) => ({ key, path: key, mode: modeOf(file) })),
  }));
}
const modeOf = (file: ConfigFile): number => (file.executable ? 0o755 : 0o644);

function filled<T extends { readonly bytes: number }>(items: readonly T[]): T[][] {
  const parts: T[][] = [];
  let room = 0;
  for (const item of items) {
    if (parts.length === 0 || item.bytes > room) {
      parts.push([]);
      room = mapBytesMax;
    }
    parts.at(-1)?.push(item);
    room -= item.bytes;
  }
  return parts;
}
