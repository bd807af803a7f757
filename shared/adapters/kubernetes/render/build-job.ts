import type { BuildOrder } from "../../../contract/agent.ts";
import { metadataNetworks } from "../../../domain/build/address.ts";
import type { Allowance } from "../../../domain/build/ended-builder.ts";
import { keyOfRegistryFile, registryFiles } from "../../../domain/build/registry-files.ts";
import { slugUser } from "../../../domain/image/compose.ts";
import type { DataCenterId } from "../../../contract/id.ts";
import type { PodSecurity } from "./context.ts";
import type { Manifest } from "./manifest.ts";
import { labels } from "./names.ts";
import { containerSecurityContext } from "./security.ts";

/** What of an order its job is made of; the rest the builder fetches by itself. */
export type OrderedBuild = Pick<BuildOrder, "id" | "attempt" | "tenant" | "cloudUrl" | "token"> & {
  readonly limits: Pick<BuildOrder["limits"], "seconds">;
};

export interface BuildsContext {
  /** The data center whose agents make the jobs; null: the platform itself. */
  readonly dataCenter: DataCenterId | null;
  readonly namespace: string;
  /** Has the tools of the languages; what it starts is the builder. */
  readonly image: string;
  /** In place of what the image starts. */
  readonly command?: readonly string[];
  readonly podSecurity: PodSecurity;
  /** Of one build. */
  readonly memoryMib: number;
  readonly cpuMillis: number;
  readonly diskMib: number;
  /** Builds that may run in the cluster at one time, of all tenants. */
  readonly jobsMax: number;
  /** Networks (CIDR) that builds may reach though they are private, such as the platform's own. */
  readonly reach: readonly string[];
  /** A Secret of the namespace, by whose keys builds reach package registries (`keyOfRegistryFile`); undefined or absent: as the image does. */
  readonly settingsSecret?: string | undefined;
  /** Secrets of the namespace with credentials for the image. */
  readonly pullSecrets?: readonly string[] | undefined;
  /** Certificates (PEM) of authorities that builders, and the tools they start, trust beside the image's. */
  readonly certificates?: string | undefined;
  /** Variables that lead builders, and the tools they start, through a proxy. */
  readonly proxy?: Readonly<Record<string, string>> | undefined;
  /** Of a collector of OpenTelemetry, which takes the builders' spans without a credential: what they run is written by strangers. */
  readonly otlpEndpoint?: string | undefined;
}

/** Of one build, and how many side by side, where nobody says anything else. */
export const usualBuildSizes = { memoryMib: 2_048, cpuMillis: 2_000, diskMib: 10_240, jobsMax: 10 } as const;

/** What a build may take, and what an operator sets of it: in the chart of a data center's agents, or with the platform itself. */
export const allowances = (
  context: Pick<BuildsContext, "dataCenter" | "memoryMib" | "diskMib">,
): { readonly memory: Allowance; readonly disk: Allowance; readonly image: string } => {
  const { dataCenter, memoryMib, diskMib } = context;
  const [memory, disk, image] =
    dataCenter === null
      ? ["PLUVIA_BUILDS_MEMORY_MIB", "PLUVIA_BUILDS_DISK_MIB", "PLUVIA_BUILDS_IMAGE, PLUVIA_BUILDS_PULL_SECRETS"]
      : ["builds.memoryMib", "builds.diskMib", "builds.image, builds.pullSecrets"];
  return { memory: { mib: memoryMib, setting: memory }, disk: { mib: diskMib, setting: disk }, image };
};

const account = "pluvia-builder";
const container = "builder";
/** Whatever the builder writes. */
const workFolder = "/work";
const settingsFolder = "/etc/pluvia/build-settings";
const certificatesFolder = "/etc/pluvia/ca";
const certificatesFile = "ca.crt";
/** A builder ends itself at its order's limit, and says so; this much later it is ended, and says nothing. */
const overtimeSeconds = 5 * 60;
const graceSeconds = 30;
/** Addresses that lead nowhere but into the operator's own networks: RFC 1918, 6598, 3927, 4193, 4291, and what clouds have elsewhere. */
const closedNetworks = {
  v4: [
    ...["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8"],
    ...metadataNetworks.filter((cidr) => !/:|^169\.254\.|^100\.100\./.test(cidr)),
  ],
  v6: ["fc00::/7", "fe80::/10"],
} as const;

export const buildLabels: Readonly<Record<string, string>> = {
  [labels.managedBy]: "pluvia",
  "pluvia.io/build": "true",
};
/** One attempt at a build is one job. */
export const buildJobName = ({ id, attempt }: Pick<BuildOrder, "id" | "attempt">): string =>
  `${id.replaceAll("_", "-")}-${attempt}`;

/** What the builds' namespace is and has before anything is built in it, in the order to apply it. */
export function buildsNamespaceManifests(context: BuildsContext): readonly Manifest[] {
  const { namespace, jobsMax } = context;
  const inside = (apiVersion: string, kind: string, name: string, rest: object): Manifest => ({
    apiVersion,
    kind,
    metadata: { name, namespace, labels: buildLabels },
    ...rest,
  });
  const security = { "pod-security.kubernetes.io/enforce": context.podSecurity };
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels: { ...buildLabels, ...security } } },
    inside("networking.k8s.io/v1", "NetworkPolicy", "pluvia-builds", {
      spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"], ingress: [], egress: egressTo(context.reach) },
    }),
    inside("v1", "ServiceAccount", account, { automountServiceAccountToken: false }),
    inside("v1", "ResourceQuota", "pluvia-builds", {
      spec: {
        hard: {
          pods: String(jobsMax),
          "limits.memory": `${context.memoryMib * jobsMax}Mi`,
          "limits.cpu": `${context.cpuMillis * jobsMax}m`,
          services: "0",
          persistentvolumeclaims: "0",
        },
      },
    }),
  ];
}

/** Names, the Internet, and nothing of the operator's own networks but what is said. */
const egressTo = (reach: readonly string[]): object[] => [
  { ports: ["UDP", "TCP"].map((protocol) => ({ protocol, port: 53 })) },
  {
    to: [
      { ipBlock: { cidr: "0.0.0.0/0", except: [...closedNetworks.v4] } },
      { ipBlock: { cidr: "::/0", except: [...closedNetworks.v6] } },
      ...reach.map((cidr) => ({ ipBlock: { cidr } })),
    ],
  },
];

interface Owner {
  readonly uid: string;
}

/** The build's token, which fetches its order, and whom it trusts. It goes with the job that owns it. */
export const buildSecret = (order: OrderedBuild, context: BuildsContext, owner?: Owner): Manifest => {
  const { namespace } = context;
  const name = buildJobName(order);
  const owners = owner && [{ apiVersion: "batch/v1", kind: "Job", name, uid: owner.uid }];
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace, labels: labelsOf(order, context), ...(owners && { ownerReferences: owners }) },
    type: "Opaque",
    stringData: { token: order.token, ...(context.certificates && { [certificatesFile]: context.certificates }) },
  };
};

/**
 * Dockerfiles take containers in a user namespace of the builder's own, with a range of users of its own. So in a `baseline` pod newuidmap and
 * newgidmap get their one capability each, which no other program has, and no seccomp profile is asked for, as the runtimes' own forbids such namespaces.
 */
const securityOf = ({ podSecurity }: BuildsContext) =>
  podSecurity === "restricted"
    ? { pod: { seccompProfile: { type: "RuntimeDefault" } }, container: {} }
    : { pod: {}, container: { allowPrivilegeEscalation: true, capabilities: { drop: ["ALL"], add: ["SETGID", "SETUID"] } } };

/** Keys that are not there are no files. */
const settingsOf = ({ settingsSecret }: BuildsContext) => {
  if (settingsSecret === undefined) return { volumes: [], mounts: [], variables: {} };
  const items = registryFiles.map((file) => ({ key: keyOfRegistryFile(file), path: file }));
  return {
    volumes: [{ name: "settings", secret: { secretName: settingsSecret, optional: true, items } }],
    mounts: [{ name: "settings", mountPath: settingsFolder, readOnly: true }],
    variables: { PLUVIA_BUILD_SETTINGS: settingsFolder },
  };
};

/** They are in the build's own Secret: so a namespace needs nothing more for them, and no right is asked for. */
const certificatesOf = ({ certificates }: BuildsContext, secretName: string) => {
  if (!certificates) return { volumes: [], mounts: [], variables: {} };
  const items = [{ key: certificatesFile, path: certificatesFile }];
  return {
    volumes: [{ name: "ca", secret: { secretName, items } }],
    mounts: [{ name: "ca", mountPath: certificatesFolder, readOnly: true }],
    variables: {
      NODE_EXTRA_CA_CERTS: `${certificatesFolder}/${certificatesFile}`,
      PLUVIA_BUILD_TRUST: `${workFolder}/trust`,
    },
  };
};

/**
 * One builder: an ordinary user without rights, privileges or an account, in a file system that it cannot write but for its own folder. What it is to
 * build it fetches from the platform.
 */
export function buildJob(order: OrderedBuild, context: BuildsContext): Manifest {
  const name = buildJobName(order);
  const security = securityOf(context);
  const settings = settingsOf(context);
  const certificates = certificatesOf(context, name);
  const limits = {
    memory: `${context.memoryMib}Mi`,
    cpu: `${context.cpuMillis}m`,
    "ephemeral-storage": `${context.diskMib}Mi`,
  };
  const variables = {
    PLUVIA_ORDER_URL: new URL(`/v1/agent/builds/${order.id}/order`, order.cloudUrl).href,
    PLUVIA_BUILD_CACHE: `${workFolder}/cache`,
    HOME: `${workFolder}/home`,
    TMPDIR: `${workFolder}/tmp`,
    PLUVIA_BUILD_POD: context.podSecurity,
    // What the builder says when something it started ran out of it.
    PLUVIA_BUILD_MEMORY: JSON.stringify(allowances(context).memory),
    // Of container tools: the one that takes no mounts.
    STORAGE_DRIVER: "vfs",
    ...settings.variables,
    ...certificates.variables,
    ...context.proxy,
    ...(context.otlpEndpoint && { OTEL_EXPORTER_OTLP_ENDPOINT: context.otlpEndpoint }),
    // What the network lets it reach it may fetch a source from.
    ...(context.reach.length > 0 && { PLUVIA_BUILD_REACH: context.reach.join(",") }),
  };
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name, namespace: context.namespace, labels: labelsOf(order, context) },
    spec: {
      backoffLimit: 0,
      activeDeadlineSeconds: order.limits.seconds + overtimeSeconds,
      ttlSecondsAfterFinished: 3_600,
      template: {
        metadata: { labels: labelsOf(order, context) },
        spec: {
          restartPolicy: "Never",
          serviceAccountName: account,
          ...(context.pullSecrets?.length && { imagePullSecrets: context.pullSecrets.map((secret) => ({ name: secret })) }),
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          terminationGracePeriodSeconds: graceSeconds,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: slugUser,
            runAsGroup: slugUser,
            fsGroup: slugUser,
            ...security.pod,
          },
          containers: [
            {
              name: container,
              image: context.image,
              ...(context.command && { command: [...context.command] }),
              workingDir: workFolder,
              env: [
                ...Object.entries(variables).map(([key, value]) => ({ name: key, value })),
                { name: "PLUVIA_BUILD_TOKEN", valueFrom: { secretKeyRef: { name, key: "token" } } },
              ],
              resources: { limits, requests: { ...limits, cpu: `${Math.ceil(context.cpuMillis / 4)}m` } },
              securityContext: { ...containerSecurityContext, readOnlyRootFilesystem: true, ...security.container },
              volumeMounts: [
                { name: "work", mountPath: workFolder },
                { name: "tmp", mountPath: "/tmp" },
                ...settings.mounts,
                ...certificates.mounts,
              ],
            },
          ],
          volumes: [
            { name: "work", emptyDir: { sizeLimit: `${context.diskMib}Mi` } },
            { name: "tmp", emptyDir: { sizeLimit: `${Math.ceil(context.diskMib / 4)}Mi` } },
            ...settings.volumes,
            ...certificates.volumes,
          ],
        },
      },
    },
  };
}

/** Picks the jobs of a data center, or those of the platform itself. */
export const jobLabels = ({ dataCenter }: Pick<BuildsContext, "dataCenter">): Record<string, string> => ({
  ...buildLabels,
  ...(dataCenter !== null && { [labels.dataCenter]: dataCenter }),
});
const labelsOf = ({ tenant }: Pick<BuildOrder, "tenant">, context: BuildsContext): Record<string, string> => ({
  ...jobLabels(context),
  [labels.tenant]: tenant,
});
