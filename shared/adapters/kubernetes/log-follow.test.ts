import { cpSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { eventually } from "../../../test/support/eventually.ts";
import { temporaryDirectory } from "../../../test/temporary-directory.ts";
import { Fault } from "../../base/fault.ts";
import { systemClock } from "../local/clock.ts";
import type { Client } from "./client.ts";
import { followContainer } from "./log-follow.ts";
import type { Pod } from "./shapes.ts";
import { spoolFile } from "./spool-file.ts";

let home: string;
let remove: () => Promise<void>;
beforeEach(async () => {
  ({ path: home, remove } = await temporaryDirectory());
});
afterEach(() => remove());

const about = { component: "cmp_1", instance: "web", container: "app" };
const at = (n: number): string => `2026-11-30T12:00:00.${String(n).padStart(9, "0")}Z`;
const timed = (from: number, to: number, word: string): string =>
  Array.from({ length: to - from }, (_, i) => `${at(from + i)} ${word} ${from + i}\n`).join("");
const said = (path: string): string[] => readFileSync(path, "utf8").trim().split("\n");

/** A kubelet that has the output of the container's present run, which goes on, and of the one before. */
const kubelet = (previous: string | null, present: string): Client =>
  ({
    transport: {
      stream: ({ query, signal }: { query: Record<string, unknown>; signal: AbortSignal }) => {
        if (query.previous !== true) return Promise.resolve(goesOn(present, signal));
        if (previous === null) return Promise.reject(new Fault("invalid", "previous terminated container not found"));
        return Promise.resolve(Readable.from([Buffer.from(previous)]));
      },
    },
  }) as unknown as Client;
function goesOn(text: string, signal: AbortSignal): PassThrough {
  const stream = new PassThrough();
  stream.write(text);
  signal.addEventListener("abort", () => stream.destroy(new Error("aborted")));
  return stream;
}
const pod = (run: string, former?: string): Pod =>
  ({
    metadata: { name: "web", namespace: "t", uid: "uid" },
    status: {
      containerStatuses: [
        {
          name: "app",
          containerID: run,
          state: { running: {} },
          lastState: former === undefined ? {} : { terminated: { containerID: former } },
        },
      ],
    },
  }) as unknown as Pod;
const follow = (client: Client, the: Pod, path: string) =>
  followContainer(
    { client, clock: systemClock(), random: () => 0, onError: (error) => expect(error).toBeUndefined() },
    the,
    "app",
    spoolFile(path, about),
  );

test("L6: whoever is killed after it read the end of one run and the beginning of the next loses nothing and doubles nothing", async () => {
  const first = timed(0, 145, "first");
  const path = join(home, "web.out");
  const life = follow(kubelet(null, timed(0, 40, "first")), pod("1"), path);
  await eventually("what there was is read", () => said(path).length === 40);
  life.stop();
  await life.over;

  // The pod does not say yet that it runs anew.
  const killed = follow(kubelet(first, timed(145, 185, "second")), pod("1"), path);
  await eventually("both runs are read", () => said(path).length === 185);
  // As it would be left by a signal that nobody can hear.
  for (const end of ["", ".json"]) cpSync(`${path}${end}`, join(home, `left.out${end}`));
  killed.stop();
  await killed.over;

  const next = follow(kubelet(first, timed(145, 545, "second")), pod("2", "1"), join(home, "left.out"));
  const whole = (first + timed(145, 545, "second")).replaceAll(/^\S+ /gm, "").trim().split("\n");
  await eventually("the rest is read", () => said(join(home, "left.out")).length >= whole.length);
  expect(said(join(home, "left.out"))).toEqual(whole);
  next.stop();
  await next.over;
});

test.each([
  ["before it began", 0],
  ["in its middle", 5],
])("L6: killed while lines are appended, %s: their position is the one before them", (_when, written) => {
  const path = join(home, "web.out");
  const one = { at: at(1), count: 1 };
  const file = spoolFile(path, about);
  file.append(Buffer.from("one\n"), one);
  file.append(Buffer.from("two\nthree\n"), { at: at(3), count: 1 });
  file.close();
  truncateSync(path, 4 + written);
  const again = spoolFile(path, about);
  expect(again.state().position).toEqual(one);
  expect(said(path)).toEqual(["one"]);
  again.append(Buffer.from("two\nthree\n"), { at: at(3), count: 1 });
  again.close();
  expect(said(path)).toEqual(["one", "two", "three"]);
});

test("L6: a long file that was emptied by its reader is gone on with where it was", () => {
  const path = join(home, "web.out");
  const two = { at: at(2), count: 1 };
  const file = spoolFile(path, about);
  file.append(Buffer.from("one\n"), { at: at(1), count: 1 });
  file.append(Buffer.from("two\n"), two);
  truncateSync(path, 0);
  file.close();
  const again = spoolFile(path, about);
  expect(again.state().position).toEqual(two);
  again.append(Buffer.from("three\n"), { at: at(3), count: 1 });
  again.close();
  expect(said(path)).toEqual(["three"]);
});

test("what an agent before this one kept is understood, and it would understand us", () => {
  const path = join(home, "web.out");
  const old = { version: 1, ...about, position: { at: at(0), count: 2 }, size: 0, done: "0" };
  writeFileSync(`${path}.json`, JSON.stringify(old));
  const file = spoolFile(path, about);
  expect(file.state()).toMatchObject({ position: old.position, done: "0" });
  file.append(Buffer.from("one\n"), { at: at(1), count: 1 });
  file.ended("1");
  file.close();
  const kept = JSON.parse(readFileSync(`${path}.json`, "utf8"));
  expect(kept).toMatchObject({ version: 1, ...about, position: { at: at(1), count: 1 }, size: 4, done: "1" });
});
