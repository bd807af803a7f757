import type { Command } from "commander";
import { add, flag, group, runFlags } from "./command.ts";

export function addOperation(program: Command): void {
  const listings = () => import("../commands/listings.ts");
  const lifecycle = () => import("../commands/lifecycle.ts");
  add(program, "ps", { summary: "List components and how they are", needs: ["select"], load: async () => (await listings()).ps });
  add(program, "open", {
    summary: "Print a component's address, and open it in a browser",
    needs: ["select"],
    load: async () => (await listings()).open,
  });
  add(program, "logs", {
    summary: "Show what a component prints",
    needs: ["select"],
    flags: [
      flag("-f, --follow", "go on with what comes"),
      flag("--tail <lines>", "the newest this many (200)"),
      flag("--since <sequence>", "everything after this sequence number"),
      flag("--search <text>", "only lines that contain it"),
    ],
    load: async () => (await import("../commands/logs.ts")).logs,
  });
  add(program, "exec [command...]", {
    summary: "Run a command in an instance; a shell when none is given",
    needs: ["select"],
    passThrough: true,
    flags: [flag("--instance <id>", "in this one")],
    load: async () => (await import("../commands/exec.ts")).exec,
  });
  const env = group(program, "env", "Variables of a component");
  const variables = () => import("../commands/env.ts");
  const stage = flag("--stage", "keep it for the next deploy, do not apply it now");
  add(env, "list", {
    summary: "List variables",
    isDefault: true,
    needs: ["select"],
    load: async () => (await variables()).envList,
  });
  add(env, "set <NAME=value...>", {
    summary: "Set variables and apply them",
    needs: ["wait", "plan", "select"],
    flags: [flag("--secret", "never show the values again; a secret stays one"), stage],
    load: async () => (await variables()).envSet,
  });
  add(env, "unset <NAME...>", {
    summary: "Take variables away and apply that",
    needs: ["wait", "plan", "select"],
    flags: [stage],
    load: async () => (await variables()).envUnset,
  });
  add(program, "scale <replicas>", {
    summary: "Set the number of instances",
    needs: ["wait", "plan", "select"],
    load: async () => (await lifecycle()).scale,
  });
  add(program, "resize", {
    summary: "Set the limits of an instance",
    needs: ["wait", "plan", "select"],
    flags: [flag("--memory <MiB>", "memory"), flag("--cpu <millis>", "thousandths of a core")],
    load: async () => (await lifecycle()).resize,
  });
  add(program, "configure", {
    summary: "Change how a component runs, and apply that",
    needs: ["wait", "plan", "select"],
    flags: runFlags(),
    load: async () => (await lifecycle()).configure,
  });
  add(program, "move <data-center>", {
    summary: "Move a component to another data center",
    needs: ["wait", "plan", "select"],
    flags: [flag("--leave-data", "its volumes stay behind and are removed")],
    load: async () => (await lifecycle()).move,
  });
  add(program, "start", {
    summary: "Start a stopped component",
    needs: ["wait", "select"],
    load: async () => (await lifecycle()).start,
  });
  add(program, "stop", {
    summary: "Stop a component, keeping its addresses and data",
    needs: ["wait", "plan", "select"],
    load: async () => (await lifecycle()).stop,
  });
  add(program, "restart", {
    summary: "Replace every instance, one after the other",
    needs: ["wait", "select"],
    load: async () => (await lifecycle()).restart,
  });
  const operations = group(program, "operations", "What was asked for, and how it went");
  add(operations, "list [operation]", {
    summary: "List operations, or show one",
    isDefault: true,
    needs: ["wait", "select"],
    load: async () => (await listings()).operations,
  });
  add(operations, "cancel <operation>", {
    summary: "Give up an unfinished operation",
    load: async () => (await listings()).operationsCancel,
  });
}
