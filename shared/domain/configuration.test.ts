import type { Configuration } from "../contract/component.ts";
import { defaultConfiguration } from "./component.ts";
import { configurationProblems } from "./configuration.ts";
import { objectionToRunning } from "./placement.ts";
import { scheduleProblem } from "./schedule.ts";

const port = (number: number, external = true) => ({ port: number, protocol: "http" as const, internal: true, external });
const volume = (name: string, path: string, kind: "exclusive" | "shared" | "memory" = "exclusive", sizeMib = 10) => ({
  name,
  kind,
  path,
  sizeMib,
  storageClass: null,
});
const file = (path: string) => ({ path, content: "", executable: false });
const schedule = (cron: string) => ({ cron, overlap: "skip" as const });
const scaling = (replicasMin: number, replicasMax: number) => ({ replicasMin, replicasMax, cpuPercent: 70 });
const attachment = (name: string) => ({
  name,
  kind: "sidecar" as const,
  image: "x:1",
  command: null,
  variables: {},
  resources: { memoryMib: 16, cpuMillis: 10 },
});

const cases: readonly [what: string, changes: Partial<Configuration>, told: readonly string[]][] = [
  ["a cron without a schedule", { kind: "cron" }, ["schedule schedule.missing"]],
  ["a schedule without cron", { schedule: schedule("0 3 * * *") }, ["schedule schedule.not-cron"]],
  ["a cron with one", { kind: "cron", schedule: schedule("*/5 0-6 1,15 jan-mar MON-FRI") }, []],
  ["a minute that is none", { kind: "cron", schedule: schedule("61 * * * *") }, ["schedule.cron schedule.invalid"]],
  ["more set aside than the limit", { requests: { memoryMib: 1_024, cpuMillis: 100 } }, ["requests.memoryMib requests.over"]],
  ["as much set aside as the limit", { requests: { memoryMib: 512, cpuMillis: 1_000 } }, []],
  [
    "two volumes of one name and path",
    { volumes: [volume("a", "/data"), volume("a", "/data")] },
    ["volumes.1.name volume.repeated", "volumes.1.path path.repeated"],
  ],
  ["a volume inside another", { volumes: [volume("a", "/data"), volume("b", "/data/logs")] }, ["volumes.1.path path.nested"]],
  ["a volume around another", { volumes: [volume("a", "/data/logs"), volume("b", "/data")] }, ["volumes.1.path path.nested"]],
  ["volumes side by side", { volumes: [volume("a", "/data"), volume("b", "/database")] }, []],
  [
    "a file where a volume is",
    { volumes: [volume("a", "/etc/app")], files: [file("/etc/app/x.yml")] },
    ["files.0.path path.nested"],
  ],
  ["a file twice", { files: [file("/a"), file("/a")] }, ["files.1.path path.repeated"]],
  [
    "a colon in a path, which no cluster mounts",
    { volumes: [volume("a", "/data:ro")], files: [file("/etc/a:b")] },
    ["volumes.0.path path.colon", "files.0.path path.colon"],
  ],
  ["more in memory than there is", { volumes: [volume("a", "/a", "memory", 513)] }, ["volumes volumes.memory"]],
  ["an exclusive volume of two", { replicas: 2, volumes: [volume("a", "/a")] }, ["replicas replicas.exclusive-volume"]],
  ["a shared volume of two", { replicas: 2, volumes: [volume("a", "/a", "shared")] }, []],
  ["an exclusive volume of each", { kind: "stateful", replicas: 2, volumes: [volume("a", "/a")] }, []],
  ["an exclusive volume of a daemon", { kind: "daemon", volumes: [volume("a", "/a")] }, ["volumes volumes.daemon"]],
  ["a shared volume of a daemon", { kind: "daemon", volumes: [volume("a", "/a", "shared")] }, []],
  ["scaling upside down", { scaling: scaling(3, 2) }, ["scaling.replicasMax scaling.order"]],
  ["scaling of a stateful one", { kind: "stateful", scaling: scaling(1, 2) }, ["scaling scaling.kind"]],
  ["scaling with an exclusive volume", { scaling: scaling(1, 2), volumes: [volume("a", "/a")] }, ["scaling scaling.kind"]],
  ["a job that is open", { kind: "job", ports: [port(80), port(81, false)] }, ["ports.0.external port.of-job"]],
  [
    "two attachments of one name",
    { attachments: [attachment("a"), attachment("a")] },
    ["attachments.1.name attachment.repeated"],
  ],
  [
    "an attachment whose image has no name of one",
    { attachments: [attachment("a"), { ...attachment("b"), image: "not an image!" }] },
    ["attachments.1.image image.reference"],
  ],
  ["an attachment whose image is not typed yet", { attachments: [{ ...attachment("a"), image: "" }] }, []],
];

test.each(cases)("P9: %s", (_, changes, told) => {
  const found = configurationProblems({ ...defaultConfiguration, ...changes });
  expect(found.map(({ path, rule }) => `${path.replace("configuration.", "")} ${rule}`)).toEqual(told);
  for (const { message } of found) expect(message).toMatch(/^\S.*\.$/);
});

test("a schedule is told by the field that is wrong", () => {
  for (const good of ["* * * * *", "0 0 1 1 0", "59 23 31 12 7", "0,30 */2 * * sun", "5-10/2 * * feb *"])
    expect([good, scheduleProblem(good)]).toEqual([good, null]);
  const wrong = {
    minute: "60 * * * *",
    hour: "* 24 * * *",
    "day of month": "* * 0 * *",
    month: "* * * 13 *",
    "day of week": "* * * * 8",
  };
  for (const [field, cron] of Object.entries(wrong)) expect([cron, scheduleProblem(cron)?.field]).toEqual([cron, field]);
  for (const bad of ["*/0 * * * *", "9-3 * * * *", "a * * * *", "1, * * * *", "@daily"])
    expect(scheduleProblem(bad)).not.toBeNull();
});

describe("P9: what a data center can run", () => {
  const embedded = { name: "here", kind: "embedded" as const, capabilities: [] };
  const cluster = { name: "east", kind: "kubernetes" as const, capabilities: [] };
  const asks: Partial<Configuration>[] = [
    { kind: "stateful" },
    { kind: "daemon" },
    { kind: "job" },
    { kind: "cron" },
    { volumes: [volume("a", "/a")] },
    { files: [file("/a")] },
    { scaling: scaling(1, 2) },
    { attachments: [attachment("a")] },
    { placement: { spread: true, nodeLabels: { disk: "ssd" }, tolerations: [] } },
  ];
  test("processes of one machine run stateless components alone; a cluster runs all", () => {
    expect(objectionToRunning(embedded, defaultConfiguration)).toBeNull();
    for (const ask of asks) {
      const told = objectionToRunning(embedded, { ...defaultConfiguration, ...ask });
      expect([ask, told?.path, told?.message]).toEqual([
        ask,
        `configuration.${Object.keys(ask)[0]}`,
        expect.stringContaining("here"),
      ]);
      expect(objectionToRunning(cluster, { ...defaultConfiguration, ...ask })).toBeNull();
    }
  });
  test("what it says of itself decides", () => {
    const told = (available: boolean) => [{ name: "volumes", available, message: "It has no disk." }];
    const asked = { ...defaultConfiguration, volumes: [volume("a", "/a")] };
    expect(objectionToRunning({ ...embedded, capabilities: told(true) }, asked)).toBeNull();
    expect(objectionToRunning({ ...cluster, capabilities: told(false) }, asked)).toMatchObject({
      code: "cannot.volumes",
      message: "The data center east cannot run volumes: It has no disk.",
    });
  });
  test("a TCP port that is open to the outside runs anywhere but where it would have no address", () => {
    const asked = { ...defaultConfiguration, ports: [{ ...port(5_432), protocol: "tcp" as const }] };
    const none = [{ name: "tcp", available: false, message: "" }];
    expect([embedded, cluster].map((place) => objectionToRunning(place, asked))).toEqual([null, null]);
    expect(objectionToRunning({ ...cluster, capabilities: none }, asked)?.code).toBe("cannot.tcp");
    expect(objectionToRunning({ ...cluster, capabilities: none }, { ...asked, ports: [port(8_080)] })).toBeNull();
  });
});
