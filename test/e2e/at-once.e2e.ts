import { join } from "node:path";
import type { Component } from "../../shared/contract/component.ts";
import type { Operation } from "../../shared/contract/operation.ts";
import type { Release } from "../../shared/contract/release.ts";
import { commit, git, makeRepository, startGitServer, writeFiles } from "../support/git-server.ts";
import { temporaryDirectory } from "../temporary-directory.ts";
import { deployed, ended, get } from "./journey.ts";
import { type Platform, removeHome, signUp, startPlatform } from "./platform.ts";
import { eventually } from "../support/eventually.ts";

const rounds = Number(process.env.PLUVIA_ROUNDS ?? 12);
const branches = ["red", "green", "blue"];
let platform: Platform;
let call: Awaited<ReturnType<typeof signUp>>["call"];
let token: string;
beforeAll(async () => {
  platform = await startPlatform();
  const person = await signUp(platform.url);
  ({ call } = person);
  token = person.session.token;
});
afterAll(async () => {
  await platform.stop();
  await removeHome(platform.home);
});

interface Accepted {
  readonly operation: Operation;
}

test("W6: deploys of one component that start at the same instant, again and again: one order, the newest wins, none is lost", async () => {
  const temporary = await temporaryDirectory();
  const folder = join(temporary.path, "site");
  makeRepository(folder, { "index.html": "first" });
  for (const branch of branches) {
    git(folder, "checkout", "--quiet", "-B", branch, "main");
    writeFiles(folder, { "index.html": branch });
    commit(folder, branch);
  }
  git(folder, "checkout", "--quiet", "main");
  const repositories = await startGitServer(temporary.path);
  const url = `${repositories.url}/site/.git`;
  const component = await deployed(call, { application: "race", name: "web", git: url });
  const view = () => call<Component>("GET", `/v1/components/${component.id}`);
  const operations = async () =>
    (await call<{ items: Operation[] }>("GET", `/v1/operations?component=${component.id}&limit=200`)).items;
  let releases = 1;

  for (let round = 0; round < rounds; round++) {
    const known = new Set((await operations()).map((o) => o.id));
    const asked = branches.map((ref) => ({ ref, source: { kind: "git", url, ref } }));
    const accepted = await Promise.all(
      asked.map(async ({ ref, source }) => {
        const { operation } = await call<Accepted>("POST", `/v1/components/${component.id}/deploy`, { source });
        return { ref, id: operation.id };
      }),
    );
    const ends = await Promise.all(accepted.map(async (each) => ({ ...each, ...(await ended(call, each.id)) })));
    // None is lost and none is invented; whatever order they came in, all but the last gave way to the next.
    const now = (await operations()).filter((o) => !known.has(o.id));
    expect(now.map((o) => o.id).sort()).toEqual(accepted.map((each) => each.id).sort());
    const newest = now.reduce((a, b) => (a.id > b.id ? a : b));
    const states = ends.map(({ id, state }) => [id === newest.id ? "the newest" : "an older one", state]);
    expect(states.filter(([, state]) => state === "succeeded")).toEqual([["the newest", "succeeded"]]);
    expect(states.filter(([who]) => who === "an older one").map(([, state]) => state)).toEqual(
      branches.slice(1).map(() => "superseded"),
    );
    const winner = ends.find(({ id }) => id === newest.id)?.ref;
    const after = await eventually("it is at rest", async () => {
      const seen = await view();
      return seen.status === "running" && seen.operation === null && seen.instances.length === 1 && seen;
    });
    expect(await get(String(component.url))).toEqual({ status: 200, text: winner });
    // An older one may have been released before it gave way; numbers never repeat and have no gap.
    expect(after.release?.number).toBeGreaterThan(releases);
    releases = Number(after.release?.number);
  }
  const { items } = await call<{ items: Release[] }>("GET", `/v1/components/${component.id}/releases?limit=200`);
  expect(items.map((r) => r.number).sort((a, b) => a - b)).toEqual(Array.from({ length: releases }, (_, at) => at + 1));
  await Promise.all([repositories.close(), temporary.remove()]);
});

test("A5: one restart sent five times at the same instant with one Idempotency-Key is one operation", async () => {
  const component = await deployed(call, { application: "once", name: "web", git: `${platform.url}/git/demos/static.git` });
  for (let round = 0; round < rounds; round++) {
    const answers = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const answer = await fetch(`${platform.url}/v1/components/${component.id}/restart`, {
          method: "POST",
          headers: { authorization: `Bearer ${token}`, "idempotency-key": `round-${round}` },
        });
        return { status: answer.status, body: (await answer.json()) as Accepted & { error?: { reason?: string } } };
      }),
    );
    const ids = new Set(answers.flatMap(({ body }) => body.operation?.id ?? []));
    expect(ids.size).toBe(1);
    // Who came while the first was being written is told to ask again, and then hears the same.
    for (const { status, body } of answers.filter((each) => each.status !== 202))
      expect([status, body.error?.reason]).toEqual([409, "repeat.late"]);
    expect((await ended(call, [...ids][0] ?? "")).state).toBe("succeeded");
  }
  const { items } = await call<{ items: Operation[] }>("GET", `/v1/operations?component=${component.id}&limit=200`);
  expect(items.filter((o) => o.kind === "restart")).toHaveLength(rounds);
});
