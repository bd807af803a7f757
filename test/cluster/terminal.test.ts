import type { Exec } from "../../shared/ports/cluster.ts";
import { type Bench, bench, ids, serverApp, workloadFor } from "./support.ts";
import { eventually } from "../support/eventually.ts";

let it: Bench;
beforeEach(async () => {
  it = await bench();
  await it.cluster.apply(workloadFor(await it.shelf.add(serverApp("one")), 1, { variables: { GREETING: "hello" } }));
  await it.phase("settled", 1);
});
afterEach(() => it.end());

const component = ids.component as Parameters<Bench["cluster"]["exec"]>[0]["component"];
const open = (command: readonly string[] | null, instance: string | null = null): Promise<Exec> =>
  it.cluster.exec({ component, instance, command, columns: 80, rows: 24 });

function listen(exec: Exec) {
  let text = "";
  let ended: number | null | undefined;
  exec.onOutput((data) => {
    text += data.toString("utf8");
  });
  exec.onExit((code) => {
    ended = code;
  });
  return {
    says: (what: string | RegExp) =>
      eventually(`it says ${what}; it said ${JSON.stringify(text)}`, () =>
        typeof what === "string" ? text.includes(what) : what.test(text),
      ),
    ends: () => eventually("it ends", () => (ended === undefined ? undefined : { code: ended })),
  };
}

test("T1: a shell in the instance has its directory and its variables, and knows its size", async () => {
  const exec = await open(null);
  const screen = listen(exec);
  await screen.says(/^\S{0,20}web:app[$#] $/m);
  exec.write(Buffer.from("echo $GREETING from $(basename $PWD); ls; stty size\n"));
  await screen.says("hello from app");
  await screen.says("server.js");
  await screen.says("24 80");
  exec.resize(132, 50);
  exec.write(Buffer.from("stty size\n"));
  await screen.says("50 132");
  exec.write(Buffer.from("exit 7\n"));
  expect(await screen.ends()).toEqual({ code: 7 });
});

test("T1: a single command tells its exit code, though it ended before anyone listened", async () => {
  const exec = await open(["sh", "-c", "echo ünïcode; exit 3"]);
  // Whoever listens does so later: after the next turns of the event loop, in which the command has ended.
  await new Promise((resolve) => setTimeout(resolve, 100));
  const screen = listen(exec);
  await screen.says("ünïcode");
  expect(await screen.ends()).toEqual({ code: 3 });
});

test("closing a terminal ends its program", async () => {
  const exec = await open(["sh", "-c", "trap '' HUP; echo ready; while :; do sleep 0.1; done"]);
  const screen = listen(exec);
  await screen.says("ready");
  exec.close();
  expect((await screen.ends()).code).toBeGreaterThan(128);
});

test("a program that is not there, and an instance that does not run, are told", async () => {
  await expect(open(["no-such-program"])).rejects.toMatchObject({
    code: "invalid",
    message: expect.stringContaining("no-such-program"),
  });
  await expect(open(null, "web-1-nothere0")).rejects.toMatchObject({ code: "not_found" });
});
