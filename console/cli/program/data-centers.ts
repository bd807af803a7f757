import type { Command } from "commander";
import { add, flag, group, repeatable } from "./command.ts";

export function addDataCenters(program: Command): void {
  const load = () => import("../commands/data-centers.ts");
  const places = group(program, "data-centers", "Where components run");
  add(places, "list", {
    summary: "List data centers and what they can do",
    isDefault: true,
    load: async () => (await load()).list,
  });
  add(places, "show <name>", { summary: "What one is, and what its agent finds", load: async () => (await load()).show });
  addNodes(places);
  add(places, "usage <name>", {
    summary: "What the team uses there, by component, and what there is",
    load: async () => (await import("../commands/data-center-usage.ts")).usage,
  });
  add(places, "join <name>", {
    summary: "Print the command that makes your cluster a data center, or a new one for one that is there",
    needs: ["wait"],
    load: async () => (await load()).join,
  });
  add(places, "token <name>", {
    summary: "The same for a data center that is there: a new token, and the one before is dead",
    load: async () => (await load()).token,
  });
  add(places, "rename <name> <to>", { summary: "Rename one", load: async () => (await load()).rename });
  add(places, "update-agents <name>", {
    summary: "Have its agents bring themselves to the newest version at once",
    needs: ["wait"],
    load: async () => (await load()).updateAgents,
  });
  add(places, "cordon <name>", {
    summary: "Take no new components",
    needs: ["plan"],
    load: async () => (await load()).cordon,
  });
  add(places, "uncordon <name>", {
    summary: "Take new components again; ends a drain",
    load: async () => (await load()).uncordon,
  });
  add(places, "revoke <name>", {
    summary: "End its agent's credential at once",
    needs: ["plan"],
    load: async () => (await load()).revoke,
  });
  add(places, "drain <name>", {
    summary: "Move everything in it to another one",
    needs: ["wait", "plan"],
    flags: [flag("--to <name>", "where to").makeOptionMandatory(), flag("--leave-data", "volumes stay behind and are removed")],
    load: async () => (await load()).drain,
  });
  add(places, "leave <name>", {
    summary: "Give one up: remove everything there first, or with --keep leave it running",
    needs: ["wait", "plan"],
    flags: [flag("--keep", "what runs there goes on, unmanaged")],
    load: async () => (await load()).leave,
  });
}

function addNodes(places: Command): void {
  const load = () => import("../commands/nodes.ts");
  const nodes = group(places, "nodes", "The machines of a data center");
  add(nodes, "list <name>", {
    summary: "List them, and what is wrong with them",
    isDefault: true,
    load: async () => (await load()).list,
  });
  add(nodes, "show <name> <node>", { summary: "What one has, and what runs there", load: async () => (await load()).show });
  add(nodes, "cordon <name> <node>", {
    summary: "Take no new instances there",
    needs: ["wait"],
    load: async () => (await load()).cordon,
  });
  add(nodes, "uncordon <name> <node>", {
    summary: "Take new instances again; ends a drain",
    needs: ["wait"],
    load: async () => (await load()).uncordon,
  });
  add(nodes, "drain <name> <node>", {
    summary: "Cordon it, and have its instances start elsewhere as disruption budgets allow",
    needs: ["wait"],
    load: async () => (await load()).drain,
  });
  add(nodes, "edit <name> <node>", {
    summary: "Change its labels and taints",
    needs: ["wait"],
    flags: [
      repeatable("--label <name=value>", "set a label"),
      repeatable("--unlabel <name>", "take a label away"),
      repeatable("--taint <name=value:effect>", "add a taint: NoSchedule, PreferNoSchedule or NoExecute"),
      repeatable("--untaint <name>", "take a taint away"),
    ],
    load: async () => (await load()).edit,
  });
}
