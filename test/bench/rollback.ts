// G10: rollback to releases of any age, on the real platform: how long until traffic has flipped, and what fails meanwhile. PLUVIA_REQUESTS says how many
// requests are made while releases are rolled back one after the other.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Component } from "../../shared/contract/component.ts";
import type { Operation } from "../../shared/contract/operation.ts";
import type { Release } from "../../shared/contract/release.ts";
import { ended, httpPort } from "../e2e/journey.ts";
import { removeHome, signUp, startPlatform } from "../e2e/platform.ts";
import { eventually } from "../support/eventually.ts";
import { quantile } from "./ratio.ts";

const requests = Number(process.env["PLUVIA_REQUESTS"] ?? 100_000);
const versions = 6;
const rounds = 20;
const clients = 8;
const goals = { warmMs: 150, coldMs: 1_000 };

type Call = Awaited<ReturnType<typeof signUp>>["call"];

/** One answer of the application: its text, or what went wrong. */
const ask = (url: URL, agent: Agent): Promise<{ status: number; text: string }> =>
  new Promise((resolve) => {
    const sent = request({ host: "127.0.0.1", port: url.port, agent, headers: { host: url.host } }, (answer) => {
      let text = "";
      answer.on("data", (data) => {
        text += String(data);
      });
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, text }));
      answer.on("error", (error) => resolve({ status: 0, text: error.message }));
    });
    sent.on("error", (error) => resolve({ status: 0, text: error.message })).end();
  });

/** Every version of a small application, pushed and released one after the other. */
async function released(call: Call, token: string): Promise<{ component: Component; releases: Release[] }> {
  const tree = mkdtempSync(join(tmpdir(), "rollback-"));
  try {
    const application = await call<{ id: string }>("POST", "/v1/applications", { name: "bench" });
    const component = await call<Component>("POST", `/v1/applications/${application.id}/components`, {
      name: "web",
      source: { kind: "push" },
      configuration: { ports: [httpPort] },
    });
    cpSync("infra/local/demos/node", tree, { recursive: true });
    const server = readFileSync(join(tree, "server.js"), "utf8");
    const git = (...args: string[]) =>
      execFileSync("git", ["-c", "user.name=Bench", "-c", "user.email=bench@example.test", ...args], {
        cwd: tree,
        stdio: "pipe",
      });
    git("init", "-q", "-b", "main");
    const remote = new URL(String(component.repositoryUrl));
    Object.assign(remote, { username: "bench", password: token });
    for (let version = 1; version <= versions; version++) {
      writeFileSync(join(tree, "server.js"), server.replace("Hello from Pluvia", `This is version ${version}.`));
      git("add", "-A");
      git("commit", "-q", "-m", `version ${version}`);
      await once(spawn("git", ["push", "-q", remote.href, "main"], { cwd: tree, stdio: "ignore" }), "exit");
      await eventually(`version ${version} runs`, async () => {
        const now = await call<Component>("GET", `/v1/components/${component.id}`);
        return now.status === "running" && now.release?.number === version;
      });
    }
    const { items } = await call<{ items: Release[] }>("GET", `/v1/components/${component.id}/releases`);
    return { component: await call<Component>("GET", `/v1/components/${component.id}`), releases: items };
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
}

const folderOf = (home: string, release: Release): string | undefined => {
  const name = String(release.artifact.digest).replace("sha256:", "");
  const found = readdirSync(home, { recursive: true, withFileTypes: true });
  const folder = found.find((each) => each.isDirectory() && each.name === name && each.parentPath.includes("/trees/"));
  return folder && join(folder.parentPath, folder.name);
};

export async function rollbackBench(): Promise<void> {
  const platform = await startPlatform();
  const agent = new Agent({ keepAlive: true });
  try {
    const { call, session } = await signUp(platform.url);
    const { component, releases } = await released(call, session.token);
    const url = new URL(String(component.url));
    const built = releases.filter((release) => release.number <= versions).sort((a, b) => a.number - b.number);
    const back = async (release: Release): Promise<number> => {
      const began = performance.now();
      const asked = call<{ operation: Operation }>("POST", `/v1/components/${component.id}/rollback`, { release: release.id });
      while (!(await ask(url, agent)).text.includes(`This is version ${release.number}.`)) await wait(1);
      const ms = performance.now() - began;
      await ended(call, (await asked).operation.id);
      return ms;
    };
    const turn = (round: number): Release => built[(round * 5) % versions] as Release;

    const warm: number[] = [];
    for (let round = 0; round < rounds; round++) warm.push(await back(turn(round)));
    const cold: number[] = [];
    for (let round = 0; round < rounds; round++) {
      // As on a machine that has never run it: the artifact comes from the platform's store again.
      const folder = folderOf(platform.home, turn(rounds + round));
      if (folder) rmSync(folder, { recursive: true, force: true });
      cold.push(await back(turn(rounds + round)));
    }

    const tally = { answered: 0, failed: 0, rollbacks: 0, wrong: new Map<string, number>() };
    const isEnough = () => tally.answered + tally.failed >= requests;
    const load = Array.from({ length: clients }, async () => {
      while (!isEnough()) {
        const { status, text } = await ask(url, agent);
        if (status === 200) tally.answered++;
        else {
          tally.failed++;
          const why = `${status} ${text.slice(0, 80)}`;
          tally.wrong.set(why, (tally.wrong.get(why) ?? 0) + 1);
        }
      }
    });
    while (!isEnough()) {
      await back(turn(tally.rollbacks));
      tally.rollbacks++;
    }
    await Promise.all(load);

    const told = (name: string, values: readonly number[]) =>
      console.log(
        `  ${name}: p50 ${quantile(values, 0.5).toFixed(0)} ms, p90 ${quantile(values, 0.9).toFixed(0)} ms, from the request to the first answer of the old release`,
      );
    console.log(`  load average ${loadavg()[0]?.toFixed(1)}`);
    told(`warm (its files are on the machine), ${rounds} rollbacks`, warm);
    told(`cold (its artifact is fetched again), ${rounds} rollbacks`, cold);
    for (const [why, count] of tally.wrong) console.log(`    ${count} × ${why}`);
    console.log(
      `G10: traffic flips ${(goals.warmMs / quantile(warm, 0.5)).toFixed(2)}× as fast as the goal of ${goals.warmMs} ms when warm, ${(goals.coldMs / quantile(cold, 0.5)).toFixed(2)}× as fast as ${goals.coldMs} ms when cold; failed requests of ${tally.answered + tally.failed} over ${tally.rollbacks} rollbacks: ${tally.failed}`,
    );
    if (tally.failed > 0) process.exitCode = 1;
  } finally {
    agent.destroy();
    await platform.stop();
    await removeHome(platform.home);
  }
}
