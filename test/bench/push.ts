import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Component } from "../../shared/contract/component.ts";
import { removeHome, signUp, startPlatform } from "../e2e/platform.ts";
import { get, httpPort } from "../e2e/journey.ts";
import { eventually } from "../support/eventually.ts";

/** What quality.md gives as the floor of the peer, Dokku, for the same push. */
const dokkuSeconds = 10;
const rounds = Number(process.env.PLUVIA_PUSHES ?? 20);

/** People push further apart than the platform needs to make its next spare builder. */
const idleMs = 3_000;

const quantile = (sorted: readonly number[], q: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;

/** G9: on a platform that had nothing to do before, from `git push` of a one-line change of a cached Node app to the first answer that shows it. */
export async function pushBench(): Promise<void> {
  const platform = await startPlatform();
  const tree = mkdtempSync(join(tmpdir(), "push-"));
  try {
    const { call, session } = await signUp(platform.url);
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
    remote.username = "bench";
    remote.password = session.token;
    const push = () => spawn("git", ["push", "-q", remote.href, "main"], { cwd: tree, stdio: "ignore" });
    const change = (text: string) => {
      writeFileSync(join(tree, "server.js"), server.replace("Hello from Pluvia", text));
      git("add", "-A");
      git("commit", "-q", "-m", text);
    };
    const answers = (url: string, text: string) =>
      get(url).then(
        (a) => a.status === 200 && a.text.includes(text),
        () => false,
      );

    change("warm-up");
    await once(push(), "exit");
    const url = await eventually("the first push runs", async () => {
      const now = await call<Component>("GET", `/v1/components/${component.id}`);
      return now.status === "running" && now.url !== null && now.url;
    });

    const seconds: number[] = [];
    for (let round = 0; round < rounds; round++) {
      change(`round ${round}`);
      await wait(idleMs);
      const started = performance.now();
      const pushed = once(push(), "exit");
      while (!(await answers(url, `round ${round}`))) {
        if (performance.now() - started > 60_000) throw new Error("no answer of the new release within a minute");
        await wait(5);
      }
      seconds.push((performance.now() - started) / 1000);
      await pushed;
    }
    seconds.sort((a, b) => a - b);
    const p50 = quantile(seconds, 0.5);
    console.log(
      `push → first 200 of a cached Node app, ${rounds} pushes: p50 ${p50.toFixed(2)} s, p99 ${quantile(seconds, 0.99).toFixed(2)} s`,
    );
    console.log(`G9: ${(dokkuSeconds / p50).toFixed(1)}× faster than Dokku's floor of ${dokkuSeconds} s`);
  } finally {
    await platform.stop();
    rmSync(tree, { recursive: true, force: true });
    await removeHome(platform.home);
  }
}
