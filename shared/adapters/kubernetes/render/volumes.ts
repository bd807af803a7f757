import type { Workload } from "../../../contract/agent.ts";
import type { Volume } from "../../../contract/component.ts";
import { type FileMap, fileKey } from "./content.ts";
import type { RenderContext } from "./context.ts";
import type { Manifest } from "./manifest.ts";
import { componentLabels, nameFor, namespaceFor } from "./names.ts";
import { mebibytes } from "./quantities.ts";

export interface Storage {
  /** Claims that all instances use. */
  readonly claims: readonly Manifest[];
  /** From which each instance of a stateful component gets a claim of its own: `volume-<name>-cmp-x-0`. */
  readonly claimTemplates: readonly object[];
  readonly podVolumes: readonly object[];
  readonly mounts: readonly object[];
}

const filesVolume = "pluvia-files";
const volumeName = (volume: Volume): string => `volume-${volume.name}`;
const claimName = (w: Workload, volume: Volume): string => `${nameFor(w.component)}-${volume.name}`;

const claimSpec = ({ kind, sizeMib, storageClass }: Volume): object => ({
  accessModes: [kind === "shared" ? "ReadWriteMany" : "ReadWriteOnce"],
  ...(storageClass !== null && { storageClassName: storageClass }),
  resources: { requests: { storage: mebibytes(sizeMib) } },
});

export function storageFor(workload: Workload, context: RenderContext, files: readonly FileMap[]): Storage {
  const { volumes, kind } = workload.configuration;
  const isOwn = (v: Volume): boolean => kind === "stateful" && v.kind === "exclusive";
  const lasting = volumes.filter((v) => v.kind !== "memory");
  const labels = componentLabels(workload, context.dataCenter);
  return {
    claims: lasting
      .filter((v) => !isOwn(v))
      .map((v) => ({
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: { name: claimName(workload, v), namespace: namespaceFor(workload.tenant), labels },
        spec: claimSpec(v),
      })),
    claimTemplates: lasting.filter(isOwn).map((v) => ({ metadata: { name: volumeName(v), labels }, spec: claimSpec(v) })),
    podVolumes: [...volumes.filter((v) => !isOwn(v)).map((v) => podVolume(workload, v)), ...fileVolume(files)],
    mounts: [...volumes.map((v) => ({ name: volumeName(v), mountPath: v.path })), ...fileMounts(workload)],
  };
}

const podVolume = (workload: Workload, v: Volume): object =>
  v.kind === "memory"
    ? { name: volumeName(v), emptyDir: { medium: "Memory", sizeLimit: mebibytes(v.sizeMib) } }
    : { name: volumeName(v), persistentVolumeClaim: { claimName: claimName(workload, v) } };

const fileVolume = (files: readonly FileMap[]): object[] =>
  files.length === 0
    ? []
    : [
        {
          name: filesVolume,
          projected: { sources: files.map(({ manifest, items }) => ({ configMap: { name: manifest.metadata.name, items } })) },
        },
      ];

/** One by one, so that the folders they are put into keep what the image has there. */
const fileMounts = (workload: Workload): object[] =>
  workload.configuration.files.map(({ path }, index) => ({
    name: filesVolume,
    mountPath: path,
    subPath: fileKey(index),
    readOnly: true,
  }));
