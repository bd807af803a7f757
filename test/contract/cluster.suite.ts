import type { Workload } from "../../shared/contract/agent.ts";
import type { Volume } from "../../shared/contract/component.ts";
import type { Cluster, ObservedWorkload } from "../../shared/ports/cluster.ts";
import { eventually } from "../support/eventually.ts";

/** What the program of a workload does: serve, end at once, or run without ever getting healthy. */
export type Program = "serves" | "ends" | "hangs";
export interface ClusterUnderTest {
  readonly cluster: Cluster;
  workload(
    program: Program,
    generation: number,
    change?: {
      replicas?: number;
      restart?: number;
      number?: number;
      wanted?: Workload["wanted"];
      configuration?: Partial<Workload["configuration"]>;
    },
  ): Promise<Workload>;
  /** Lets time pass where it is not the real one. */
  pass(): Promise<void>;
  close(): Promise<void>;
}

/** What those who serve a component and tell of it need to know. */
function shownOf({ configuration: { kind, ports, replicas }, ...w }: Workload): ObservedWorkload["workload"] {
  const { tenant, application, applicationName, component, componentName } = w;
  const { generation, release, releaseNumber, hosts, wanted } = w;
  return {
    ...{ tenant, application, applicationName, component, componentName },
    ...{ generation, release, releaseNumber, hosts, wanted, configuration: { kind, ports, replicas } },
  };
}

/** The command that adds a text to a file within an instance, says `refused` if it cannot, and `holds:….` with what the file holds then. */
export type Adding = (path: string, text: string) => readonly string[];
/** Where there is a shell. */
export const shellAdds: Adding = (path, text) => [
  "/bin/sh",
  "-c",
  '{ printf %s "$2" >> "$1"; } 2>/dev/null || echo refused; echo "holds:$(cat "$1" 2>/dev/null)."',
  "sh",
  path,
  text,
];

const volume = (name: string, kind: Volume["kind"], path: string): Volume => ({
  name,
  kind,
  path,
  sizeMib: 4,
  storageClass: null,
});
const file = { path: "/etc/pluvia-contract/app.conf", content: "as configured", executable: false };

/** What every Cluster promises. `adds` null: its instances are pretended, or can have no volumes. */
export function clusterSuite(name: string, adds: Adding | null, open: () => Promise<ClusterUnderTest>) {
  const volumeTest = adds ? test : test.skip;
  describe(`Cluster: ${name}`, () => {
    let it: ClusterUnderTest;
    let seen: ObservedWorkload;
    /** Most instances at once that were seen. */
    let most: number;
    beforeEach(async () => {
      most = 0;
      it = await open();
    });
    afterEach(() => it.close());

    const reach = async (phase: ObservedWorkload["phase"], generation: number): Promise<unknown> =>
      eventually(`generation ${generation} ${phase}`, async () => {
        await it.pass();
        const [first] = await it.cluster.observe();
        if (first) seen = first;
        most = Math.max(most, first?.instances.filter((i) => i.state !== "exited").length ?? 0);
        return first?.phase === phase && first.generation === generation;
      });

    test("what is applied runs, serves and is settled", async () => {
      const workload = await it.workload("serves", 1, { replicas: 2 });
      await it.cluster.apply(workload);
      await reach("settled", 1);
      expect(seen).toMatchObject({
        component: workload.component,
        tenant: workload.tenant,
        serving: workload.release,
        workload: shownOf(workload),
        signals: [],
      });
      expect(seen.instances.map((i) => [i.state, i.release, i.endpoints.map((e) => e.port)])).toEqual([
        ["ready", workload.release, [3000]],
        ["ready", workload.release, [3000]],
      ]);
      expect(seen.steps.map((s) => [s.name, s.state])).toEqual(
        ["fetch", "start", "healthy", "switch", "drain"].map((step) => [step, "succeeded"]),
      );
    });
    test("the same or an older generation changes nothing", async () => {
      await it.cluster.apply(await it.workload("serves", 2));
      await reach("settled", 2);
      const before = seen.instances.map((i) => i.id);
      await it.cluster.apply(await it.workload("serves", 2, { number: 7 }));
      await it.cluster.apply(await it.workload("serves", 1, { number: 8 }));
      await reach("settled", 2);
      expect(seen.instances.map((i) => i.id)).toEqual(before);
    });
    test("W2: a new release replaces the old one", async () => {
      await it.cluster.apply(await it.workload("serves", 1));
      await reach("settled", 1);
      const next = await it.workload("serves", 2);
      await it.cluster.apply(next);
      await reach("settled", 2);
      expect(seen.instances.map((i) => i.release)).toEqual([next.release]);
      expect(seen.serving).toBe(next.release);
    });
    test("W2: a restart replaces the instances of the same release", async () => {
      const first = await it.workload("serves", 1, { number: 1 });
      await it.cluster.apply(first);
      await reach("settled", 1);
      const before = seen.instances[0]?.id;
      await it.cluster.apply(await it.workload("serves", 2, { number: 1, restart: 1 }));
      await reach("settled", 2);
      expect(seen.instances).toHaveLength(1);
      expect(seen.instances[0]?.id).not.toBe(before);
      expect(seen.serving).toBe(first.release);
    });
    test("W2: scaling keeps the instances that stay", async () => {
      await it.cluster.apply(await it.workload("serves", 1, { number: 1 }));
      await reach("settled", 1);
      const before = seen.instances[0]?.id;
      await it.cluster.apply(await it.workload("serves", 2, { number: 1, replicas: 3 }));
      await reach("settled", 2);
      expect(seen.instances).toHaveLength(3);
      await it.cluster.apply(await it.workload("serves", 3, { number: 1, replicas: 1 }));
      await reach("settled", 3);
      expect(seen.instances.map((i) => i.id)).toEqual([before]);
    });
    test.each(["ends", "hangs"] as const)("W8: a release that %s is given up and the old one serves on", async (program) => {
      const good = await it.workload("serves", 1);
      await it.cluster.apply(good);
      await reach("settled", 1);
      await it.cluster.apply(await it.workload(program, 2));
      await reach("failed", 2);
      expect(seen.serving).toBe(good.release);
      expect(seen.signals.length).toBeGreaterThan(0);
      await eventually("only the old one is left", async () => {
        await it.pass();
        const [now] = await it.cluster.observe();
        return now?.phase === "failed" && now.instances.every((i) => i.release === good.release && i.state === "ready");
      });
    });
    test("a first release that cannot run fails, and a newer one is tried afresh", async () => {
      await it.cluster.apply(await it.workload("ends", 1));
      await reach("failed", 1);
      expect(seen.serving).toBeNull();
      await it.cluster.apply(await it.workload("serves", 2));
      await reach("settled", 2);
      expect(seen.signals).toEqual([]);
    });
    test("W2: stopped means nothing runs; started again it serves", async () => {
      await it.cluster.apply(await it.workload("serves", 1, { number: 1 }));
      await reach("settled", 1);
      await it.cluster.apply(await it.workload("serves", 2, { number: 1, wanted: "stopped" }));
      await reach("settled", 2);
      expect([seen.instances, seen.serving]).toEqual([[], null]);
      await it.cluster.apply(await it.workload("serves", 3, { number: 1 }));
      await reach("settled", 3);
      expect(seen.instances).toHaveLength(1);
    });
    test("removed means forgotten; removing what is not there is fine", async () => {
      const workload = await it.workload("serves", 5);
      await it.cluster.apply(workload);
      await reach("settled", 5);
      const removal = it.cluster.remove(workload.component);
      await it.pass();
      await removal;
      expect(await it.cluster.observe()).toEqual([]);
      await it.cluster.remove(workload.component);
      await it.cluster.apply(await it.workload("serves", 1));
      await reach("settled", 1);
    });
    /** Adds to a file of an instance, and tells what it holds then. */
    const add = async ({ component }: Workload, path: string, text: string, instance: string | null = null): Promise<string> => {
      const terminal = await it.cluster.exec({
        component,
        instance,
        command: adds?.(path, text) ?? null,
        columns: 200,
        rows: 24,
      });
      let said = "";
      terminal.onOutput((bytes) => {
        said += bytes.toString();
      });
      const [, refused, held] = await eventually(
        `${path} is told`,
        () => /(refused\s+)?holds:(.*)\.\r?\n/.exec(said) ?? undefined,
      );
      terminal.close();
      return `${refused ? "refused: " : ""}${held}`;
    };

    volumeTest(
      "W2: a volume keeps its files over a restart, a release, a rollback, a stop and a start, and is of one instance at a time",
      async () => {
        const configuration = {
          volumes: [volume("data", "exclusive", "/data"), volume("cache", "memory", "/cache")],
          files: [file],
        };
        const made = (number: number, generation: number, change = {}) =>
          it.workload("serves", generation, { number, configuration, ...change });
        const first = await made(1, 1);
        await it.cluster.apply(first);
        await reach("settled", 1);
        expect(await add(first, "/data/kept", "a")).toBe("a");
        expect(await add(first, "/cache/passing", "x")).toBe("x");
        expect(await add(first, file.path, "b")).toBe("refused: as configured");
        const steps = [
          [1, { restart: 1 }],
          [2, {}],
          [1, {}],
        ] as const;
        for (const [at, [number, change]] of steps.entries()) {
          await it.cluster.apply(await made(number, at + 2, change));
          await reach("settled", at + 2);
          expect(await add(first, "/data/kept", String(at))).toBe("a012".slice(0, at + 2));
        }
        expect(await add(first, "/cache/passing", "y")).toBe("y");
        await it.cluster.apply(await made(1, 5, { wanted: "stopped" }));
        await reach("settled", 5);
        await it.cluster.apply(await made(1, 6));
        await reach("settled", 6);
        expect(await add(first, "/data/kept", "")).toBe("a012");
        expect(most).toBe(1);
      },
    );
    volumeTest("a shared volume is of all instances, and gone with its component", async () => {
      const configuration = { volumes: [volume("data", "shared", "/data")] };
      const workload = await it.workload("serves", 1, { replicas: 2, configuration });
      await it.cluster.apply(workload);
      await reach("settled", 1);
      const [one = null, other = null] = seen.instances.map((i) => i.id);
      expect(await add(workload, "/data/kept", "of one", one)).toBe("of one");
      expect(await add(workload, "/data/kept", ", and another", other)).toBe("of one, and another");
      // A busy cluster takes longer than one call waits; whoever removes asks again.
      await eventually("it is removed", () => it.cluster.remove(workload.component).then(() => true));
      expect(await it.cluster.observe()).toEqual([]);
      await it.cluster.apply(workload);
      await reach("settled", 1);
      expect(await add(workload, "/data/kept", "afresh")).toBe("afresh");
    });
    test("listeners hear of changes until they stop listening", async () => {
      let heard = 0;
      const stop = it.cluster.onChange(() => void heard++);
      await it.cluster.apply(await it.workload("serves", 1));
      await reach("settled", 1);
      await eventually("it was heard", async () => heard > 0);
      stop();
      await it.pass();
      const before = heard;
      await it.cluster.apply(await it.workload("serves", 2));
      await reach("settled", 2);
      expect(heard).toBe(before);
    });
    test("exec in a component with nothing running is not found", async () => {
      const { component } = await it.workload("serves", 1);
      await expect(it.cluster.exec({ component, instance: null, command: null, columns: 80, rows: 24 })).rejects.toMatchObject({
        code: "not_found",
      });
    });
  });
}
