import type { FieldProblem } from "../base/fault.ts";
import type { Configuration } from "../contract/component.ts";
import { referenceProblem } from "./image/reference.ts";
import { scheduleProblem } from "./schedule.ts";

type Rule = (c: Configuration) => FieldProblem[];
const problem = (path: string, rule: string, message: string, params: FieldProblem["params"] = {}): FieldProblem => ({
  path: `configuration.${path}`,
  message,
  rule,
  params,
});
const repeated = <T>(items: readonly T[]): number[] => items.flatMap((item, at) => (items.indexOf(item) < at ? [at] : []));

const repeatedPorts: Rule = (c) =>
  repeated(c.ports.map((p) => p.port)).map((at) => {
    const port = c.ports[at]?.port ?? 0;
    return problem(`ports.${at}.port`, "port.repeated", `Port ${port} is listed twice.`, { port });
  });

const repeatedAliases: Rule = (c) =>
  repeated(c.dependencies.map((d) => d.alias)).map((at) => {
    const alias = c.dependencies[at]?.alias ?? "";
    const message = `Two dependencies are called ${alias}: give each its own alias.`;
    return problem(`dependencies.${at}.alias`, "alias.repeated", message, { alias });
  });

const healthPort: Rule = ({ health, ports }) => {
  const { port } = health;
  if (port === undefined || health.kind === "none" || ports.some((p) => p.port === port)) return [];
  const message = `The health check asks port ${port}, which is not among the ports.`;
  return [problem("health.port", "health.port", message, { port })];
};

const scheduleOfCron: Rule = ({ kind, schedule }) => {
  if (kind !== "cron")
    return schedule === null
      ? []
      : [
          problem(
            "schedule",
            "schedule.not-cron",
            "Only a component of kind cron has a schedule: leave it out, or change the kind.",
          ),
        ];
  if (schedule === null) return [problem("schedule", "schedule.missing", "A component of kind cron needs a schedule.")];
  const wrong = scheduleProblem(schedule.cron);
  if (!wrong) return [];
  const message = `The schedule's ${wrong.field} cannot be "${wrong.text}".`;
  return [problem("schedule.cron", "schedule.invalid", message, { field: wrong.field, text: wrong.text })];
};

const requestsWithinLimits: Rule = ({ requests, resources }) =>
  requests === null
    ? []
    : (["memoryMib", "cpuMillis"] as const).flatMap((name) => {
        const [asked, limit] = [requests[name], resources[name]];
        if (asked <= limit) return [];
        const message = `What is set aside (${asked}) is more than the limit (${limit}).`;
        return [problem(`requests.${name}`, "requests.over", message, { asked, limit })];
      });

const repeatedNames =
  (list: "volumes" | "attachments", rule: string): Rule =>
  (c) =>
    repeated(c[list].map((one) => one.name)).map((at) => {
      const name = c[list][at]?.name ?? "";
      return problem(`${list}.${at}.name`, rule, `There are two of the name ${name}.`, { name });
    });

const attachmentImages: Rule = ({ attachments }) =>
  attachments.flatMap(({ image }, at) => {
    // None at all is refused by its schema; a form has it before anything is typed.
    const wrong = image === "" ? null : referenceProblem(image);
    return wrong ? [problem(`attachments.${at}.image`, wrong.rule, wrong.message, wrong.params)] : [];
  });

/** Whatever is put into an instance has a place of its own: none twice, none inside another. */
const ownPaths: Rule = ({ volumes, files }) => {
  const all = [
    ...volumes.map(({ path }, at) => ({ path, field: `volumes.${at}.path` })),
    ...files.map(({ path }, at) => ({ path, field: `files.${at}.path` })),
  ];
  return all.flatMap(({ path, field }, at) => {
    const other = all.slice(0, at).find((before) => isWithin(path, before.path) || isWithin(before.path, path));
    if (!other) return [];
    if (other.path === path) return [problem(field, "path.repeated", `${path} is used twice.`, { path })];
    const message = `${path} and ${other.path} are inside one another: give each its own folder.`;
    return [problem(field, "path.nested", message, { path, other: other.path })];
  });
};
const isWithin = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);

/** Kubernetes mounts nothing at a path with one. */
const noColons: Rule = ({ volumes, files }) =>
  Object.entries({ volumes, files }).flatMap(([list, all]) =>
    all.flatMap(({ path }, at) =>
      path.includes(":")
        ? [problem(`${list}.${at}.path`, "path.colon", `${path} cannot be mounted: leave out the colon.`, { path })]
        : [],
    ),
  );

const memoryVolumes: Rule = ({ volumes, resources: { memoryMib: limit } }) => {
  const size = volumes.reduce((sum, v) => sum + (v.kind === "memory" ? v.sizeMib : 0), 0);
  if (size <= limit) return [];
  const message = `Volumes in memory take ${size} MiB of an instance's ${limit} MiB.`;
  return [problem("volumes", "volumes.memory", message, { size, limit })];
};

/** Whether only one instance can have what it keeps. */
export const hasExclusive = ({ volumes }: Pick<Configuration, "volumes">): boolean => volumes.some((v) => v.kind === "exclusive");
const oneWithVolume: Rule = (c) =>
  c.kind === "stateless" && hasExclusive(c) && c.replicas > 1
    ? [
        problem(
          "replicas",
          "replicas.exclusive-volume",
          "An exclusive volume is of one instance: make it shared, let the kind be stateful, or run one instance.",
        ),
      ]
    : [];

const daemonsShare: Rule = (c) =>
  c.kind === "daemon" && hasExclusive(c)
    ? [
        problem(
          "volumes",
          "volumes.daemon",
          "An exclusive volume is of one instance, and a daemon has one on every node: make it shared, or in memory.",
        ),
      ]
    : [];

const scalingRules: Rule = (c) => {
  const { scaling } = c;
  if (scaling === null) return [];
  const { replicasMin, replicasMax } = scaling;
  const order =
    replicasMin > replicasMax
      ? [
          problem("scaling.replicasMax", "scaling.order", `At most ${replicasMax} is less than at least ${replicasMin}.`, {
            replicasMin,
            replicasMax,
          }),
        ]
      : [];
  const kind =
    c.kind !== "stateless" || hasExclusive(c)
      ? [problem("scaling", "scaling.kind", "Only stateless components without exclusive volumes scale by load.")]
      : [];
  return [...order, ...kind];
};

const portsOfJobs: Rule = ({ kind, ports }) =>
  kind !== "job" && kind !== "cron"
    ? []
    : ports.flatMap(({ port, external }, at) =>
        external
          ? [problem(`ports.${at}.external`, "port.of-job", `A job ends: port ${port} cannot be external.`, { port })]
          : [],
      );

const rules: readonly Rule[] = [
  repeatedPorts,
  repeatedAliases,
  healthPort,
  scheduleOfCron,
  requestsWithinLimits,
  repeatedNames("volumes", "volume.repeated"),
  repeatedNames("attachments", "attachment.repeated"),
  attachmentImages,
  ownPaths,
  noColons,
  memoryVolumes,
  oneWithVolume,
  daemonsShare,
  scalingRules,
  portsOfJobs,
];

/** Everything in a configuration that does not fit together, by field. Each field by itself fits its schema already. */
export const configurationProblems = (c: Configuration): FieldProblem[] => rules.flatMap((rule) => rule(c));
