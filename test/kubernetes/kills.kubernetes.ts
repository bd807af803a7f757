import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { KubernetesObject } from "../../shared/adapters/kubernetes/object.ts";
import { labels } from "../../shared/adapters/kubernetes/render/names.ts";
import type { Workload } from "../../shared/contract/agent.ts";
import { randomFrom } from "../support/random.ts";
import { type Bench, bench, programs } from "./bench.ts";
import { load } from "./load.ts";
import { tied } from "../support/tied.ts";
import { describeOnKubernetes, unique } from "./support.ts";
import { eventually } from "../support/eventually.ts";

interface Service extends KubernetesObject {
  readonly spec: { readonly clusterIP: string };
}

/** PLUVIA_TEST_KILLS=200 kills it more often. */
const kills = Number(process.env.PLUVIA_TEST_KILLS ?? 12);
const seed = Number(process.env.PLUVIA_TEST_SEED ?? Date.now() % 1_000_000);

describeOnKubernetes(`an agent killed ${kills} times at random points (PLUVIA_TEST_SEED=${seed})`, () => {
  let it: Bench;
  let agent: ChildProcess | undefined;
  beforeAll(async () => {
    it = await bench({ leads: () => false });
  });
  afterAll(async () => {
    agent?.kill("SIGKILL");
    await it.end();
  });

  const start = (desired: string): ChildProcess =>
    spawn(
      ...tied(
        process.execPath,
        join("test", "kubernetes", "agent-process.ts"),
        String(process.env.PLUVIA_TEST_KUBECONFIG),
        it.dataCenter,
        join(it.home, "agent"),
        desired,
      ),
    );
  const isUp = (child: ChildProcess): Promise<void> => new Promise((resolve) => child.stdout?.once("data", () => resolve()));
  /** Every object of a component, by kind and the part of its name that says what it is. */
  async function belongings(component: string): Promise<string[]> {
    const kinds = [
      ["apps/v1", "Deployment"],
      ["v1", "Service"],
      ["v1", "Secret"],
      ["v1", "Pod"],
      ["networking.k8s.io/v1", "NetworkPolicy"],
    ] as const;
    const lists = await Promise.all(
      kinds.map(([apiVersion, kind]) =>
        it.client.list({ apiVersion, kind }, { namespace: it.namespace, labels: { [labels.component]: component } }),
      ),
    );
    return lists
      .flatMap((list) =>
        list.items.map(
          (o) =>
            `${o.kind} ${o.metadata.name.replace(/^cmp-[a-z0-9]+/, "").replace(/-[0-9a-f]{16}$|^-[0-9a-z]+-[0-9a-z]{5}$/, "")}`,
        ),
      )
      .sort();
  }

  test(
    "L6 W6: requests go on, releases arrive, nothing is doubled or left behind, and every line of output is kept once",
    async () => {
      const random = randomFrom(seed);
      const talker = `cmp_${unique()}0000`;
      const desired = join(it.home, "desired.json");
      const want = (...workloads: Workload[]): void => {
        writeFileSync(`${desired}.new`, JSON.stringify(workloads));
        renameSync(`${desired}.new`, desired);
      };
      const web = (generation: number): Workload =>
        it.workload(programs.serves(`release ${generation}`), generation, { replicas: 2, configuration: { graceSeconds: 1 } });
      // Each life of its container has a word of its own and counts its lines.
      const life = "r=$(cut -c1-8 /proc/sys/kernel/random/uuid)";
      const script = `${life}; i=0; while [ $i -lt 400 ]; do echo $r $i; i=$((i+1)); sleep 0.02; done; echo $r end; exit 0`;
      const talks = it.workload(script, 1, {
        component: talker,
        health: { kind: "none" },
        configuration: { ports: [], graceSeconds: 1 },
      });

      want(web(1), talks);
      agent = start(desired);
      await it.phase("settled", 1);
      const address = await it.client.get<Service>({
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: it.name, namespace: it.namespace },
      });
      const asking = load([{ name: "address", host: String(address?.spec.clusterIP), port: 3000 }], 10);
      let generation = 1;
      try {
        for (let kill = 1; kill <= kills; kill++) {
          // Half of them while it begins, half while it works.
          if (kill % 2 === 0) await isUp(agent);
          if (kill % 3 === 1) want(web(++generation), talks);
          await new Promise((resolve) => setTimeout(resolve, random() * 1_500));
          agent.kill("SIGKILL");
          agent = start(desired);
        }
        await it.phase("settled", generation);
      } finally {
        await asking.stop();
      }
      expect(asking.failures).toEqual([]);
      expect(asking.answers).toContain(`release ${generation}`);
      const whole = ["Deployment ", "NetworkPolicy ", "Pod ", "Pod ", "Secret -variables", "Secret -workload", "Service "];
      await eventually(
        "nothing is left of former releases",
        async () => (await belongings(it.component)).join() === whole.join(),
      ).catch(async () => expect(await belongings(it.component)).toEqual(whole));

      const folder = join(it.home, "agent", talker);
      const lines = (): string[] =>
        readdirSync(folder)
          .filter((name) => name.endsWith(".out"))
          .flatMap((name) => readFileSync(join(folder, name), "utf8").trim().split("\n"));
      // The container's present life is still being read.
      await eventually("two lives were read to their ends", () => lines().filter((line) => line.endsWith(" end")).length >= 2);
      const lives = Map.groupBy(lines(), (line) => line.split(" ")[0]);
      for (const said of lives.values()) {
        const numbers = said.map((line) => line.split(" ")[1]);
        expect(numbers).toEqual([...Array(400).keys(), "end"].slice(0, numbers.length).map(String));
      }

      want();
      agent.kill("SIGHUP");
      await eventually(
        "nothing of it is left",
        async () => [...(await belongings(it.component)), ...(await belongings(talker))].length === 0,
      );
    },
    600_000 + kills * 10_000,
  );
});
