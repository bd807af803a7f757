import { execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** Beside the project: brings up a Kubernetes of plain processes. */
const tools = resolve("..", "shared", "kubernetes");

/** Output goes to the error stream, so that a run with `--json` keeps its own clean. */
function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

const archiveOf = (name: string): string => join(tmpdir(), `${name}-busybox.tar`);

/** Takes the cluster down when we are gone, however we ended: a run that dies of an error does not get to its teardown. */
function takeDownAfterUs(name: string): void {
  const script = 'cat; rm -f "$2"; exec "$0" down "$1"';
  const waiting = spawn("sh", ["-c", script, join(tools, "cluster"), name, archiveOf(name)], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  waiting.unref();
  (waiting.stdin as Socket).unref();
}

function bringUp(): string {
  const name = `pluvia-${process.pid}`;
  takeDownAfterUs(name);
  const run = (program: string, ...words: string[]): string =>
    execFileSync(join(tools, program), words, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  run("cluster", "install", "node");
  process.env.PLUVIA_TEST_CLUSTER = name;
  const archive = archiveOf(name);
  const up = (): string => /^KUBECONFIG=(.+)$/m.exec(run("cluster", "up", "node", name, "1"))?.[1] ?? "";
  let kubeconfig: string;
  try {
    kubeconfig = up();
  } catch {
    // The one of a run that has just ended may have been on its way down, and its links in the way.
    kubeconfig = up();
  }
  run("images", "busybox", archive);
  run("cluster", "load", name, archive);
  return kubeconfig;
}

/** Why there is no cluster to be had, if so. */
function missing(): string | undefined {
  if (!existsSync(join(tools, "cluster")))
    return `set PLUVIA_TEST_KUBECONFIG to a cluster's kubeconfig (there is none in ${tools})`;
  return process.getuid?.() === 0 ? undefined : "nodes can be brought up by root alone; or set PLUVIA_TEST_KUBECONFIG";
}

/** Finds a cluster for the tests of this run: the one that PLUVIA_TEST_KUBECONFIG names, else one of our own. */
// biome-ignore lint/style/noDefaultExport: jest takes the default export.
export default function setup(): void {
  const why = process.env.PLUVIA_TEST_KUBECONFIG ? undefined : missing();
  if (why === undefined) process.env.PLUVIA_TEST_KUBECONFIG ??= bringUp();
  say(why === undefined ? `Kubernetes: ${process.env.PLUVIA_TEST_KUBECONFIG}` : `Kubernetes tests are skipped: ${why}.`);
}
