#!/usr/bin/env node
// The `pluvia` command. It is TypeScript run by type stripping, which takes the Node that this project pins: an older one starts that.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
// As a whole: an older Node lacks some of it, and must get as far as starting the newer one.
import * as module from "node:module";
import { fileURLToPath } from "node:url";

const nodeNeeded = 24;
const fromHere = (path) => fileURLToPath(new URL(path, import.meta.url));
const args = process.argv.slice(2);

const pinnedNode = () => ["../../node_modules/node/bin/node", "../../node_modules/.bin/node"].map(fromHere).find((path) => existsSync(path));

function runOn(node) {
  const child = spawn(node, [fromHere("./main.ts"), ...args], { stdio: "inherit" });
  // Ctrl-C reaches the child from the terminal itself; the other signals, and an interrupt without a terminal, only through us.
  process.on("SIGINT", () => process.stdin.isTTY || child.kill("SIGINT"));
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    process.stderr.write(`pluvia: ${node} could not be started: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? 128 + ({ SIGINT: 2, SIGHUP: 1, SIGTERM: 15 }[signal] ?? 9);
  });
}

if (args.length === 1 && (args[0] === "--version" || args[0] === "-V")) {
  process.stdout.write(`${JSON.parse(readFileSync(fromHere("./package.json"), "utf8")).version}\n`);
} else if (Number(process.versions.node.split(".")[0]) >= nodeNeeded) {
  // What is compiled once need not be compiled at every command.
  module.enableCompileCache();
  await import("./main.ts");
} else {
  const node = pinnedNode();
  if (node) runOn(node);
  else {
    process.stderr.write(`pluvia needs Node ${nodeNeeded} or newer; this is ${process.version}. Run "npm ci" in ${fromHere("../..")}: it brings one.\n`);
    process.exitCode = 1;
  }
}
