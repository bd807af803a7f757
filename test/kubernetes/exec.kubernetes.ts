import type { Workload } from "../../shared/contract/agent.ts";
import type { Exec } from "../../shared/ports/cluster.ts";
import { type Bench, bench, programs } from "./bench.ts";
import { describeOnKubernetes } from "./support.ts";
import { eventually } from "../support/eventually.ts";

describeOnKubernetes("T1: a terminal in an instance, on a real cluster", () => {
  let it: Bench;
  let component: Workload["component"];
  beforeAll(async () => {
    it = await bench();
    const workload = it.workload(programs.hangs(), 1, {
      health: { kind: "none" },
      configuration: { ports: [], graceSeconds: 0 },
    });
    component = workload.component;
    await it.cluster.apply(workload);
    await it.phase("settled", 1);
  });
  afterAll(() => it.end());

  /** What it says, and how it ends. */
  async function open(command: readonly string[] | null, instance: string | null = null) {
    const terminal: Exec = await it.cluster.exec({ component, instance, command, columns: 80, rows: 24 });
    let said = "";
    terminal.onOutput((data) => {
      said += data.toString();
    });
    const ended = new Promise<number | null>((resolve) => terminal.onExit(resolve));
    const says = (words: string | RegExp) =>
      eventually(`it says ${words}`, () => (typeof words === "string" ? said.includes(words) : words.test(said)));
    return { terminal, ended, says, type: (line: string) => terminal.write(Buffer.from(`${line}\n`)), said: () => said };
  }

  test("a shell has a terminal of the size that is asked for, then of another; its exit code is told", async () => {
    const shell = await open(null);
    shell.type("stty size");
    await shell.says("24 80");
    shell.terminal.resize(132, 50);
    shell.type("stty size");
    await shell.says("50 132");
    shell.type("echo $((6*7)); exit 7");
    expect(await shell.ended).toBe(7);
    expect(shell.said()).toContain("42");
  });

  test("a command's output and exit code are told, however quickly it ends", async () => {
    const codes = await Promise.all(
      [0, 1, 42].map(async (code) => {
        const run = await open(["/bin/sh", "-c", `echo bye; exit ${code}`]);
        return [await run.ended, run.said().trim()];
      }),
    );
    expect(codes).toEqual([
      [0, "bye"],
      [1, "bye"],
      [42, "bye"],
    ]);
  });

  test("the end of the input ends a program that reads it, as on any terminal", async () => {
    const reading = await open(["/bin/sh", "-c", "cat; echo ended; exit 5"]);
    reading.type("one");
    await reading.says(/one[\s\S]*one/);
    reading.terminal.write(Buffer.from([4]));
    expect(await reading.ended).toBe(5);
    expect(reading.said()).toContain("ended");
  });

  test("closing a terminal ends all that was begun in it", async () => {
    const shell = await open(null);
    shell.type("sleep 4321 & echo begun");
    await shell.says(/begun\r?\n/);
    shell.terminal.close();
    await eventually("nothing of it runs", async () => {
      const look = await open(["/bin/sh", "-c", "ps | grep -c '[s]leep 4321'"]);
      await look.ended;
      return look.said().trim() === "0";
    });
  });

  test("a command or an instance that is not there is refused in words", async () => {
    await expect(open(["/no/such/program"])).rejects.toMatchObject({ code: "invalid", reason: "terminal.no-command" });
    await expect(open(null, "none")).rejects.toMatchObject({ code: "not_found", message: "The instance none is not running." });
  });
});
