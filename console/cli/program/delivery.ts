import type { Command } from "commander";
import { add, flag, group, repeatable, runFlags, timeoutFlag } from "./command.ts";

export function addDelivery(program: Command): void {
  add(program, "init", {
    summary: "Name the component that this folder is, in pluvia.json",
    needs: ["public", "select"],
    load: async () => (await import("../commands/init.ts")).init,
  });
  add(program, "check [folder]", {
    summary: "Look at a source without creating anything",
    needs: ["source"],
    flags: [
      flag("--language <language>", "instead of what is detected"),
      flag("--data-center <name>", "looks from there, if it builds for itself, at what only it may reach, too"),
      timeoutFlag(),
    ],
    load: async () => (await import("../commands/check.ts")).check,
  });
  add(program, "create [folder]", {
    summary: "Create a component, and its application when there is none, and deploy it",
    needs: ["source", "wait", "select"],
    flags: [
      flag("--image <image>", "an image that exists already"),
      flag("--push", "an empty repository on the platform to push to"),
      repeatable("--env <NAME=value>", "a variable"),
      repeatable("--secret <NAME=value>", "a variable whose value is never shown again"),
      flag("--command <command>", "start command, instead of what is detected"),
      flag("--language <language>", "instead of what is detected"),
      flag("--replicas <count>", "number of instances"),
      flag("--memory <MiB>", "limit of one instance"),
      flag("--cpu <millis>", "limit of one instance, in thousandths of a core"),
      flag("--data-center <name>", "where it runs, instead of the first that can"),
      ...runFlags(),
      flag("--no-deploy", "only create it"),
    ],
    load: async () => (await import("../commands/create.ts")).create,
  });
  add(program, "deploy [folder]", {
    summary: "Build the source and release it; with a folder: send that first",
    needs: ["source", "wait", "plan", "select"],
    load: async () => (await import("../commands/deploy.ts")).deploy,
  });
  const lifecycle = () => import("../commands/lifecycle.ts");
  add(program, "releases", { summary: "List releases", needs: ["select"], load: async () => (await lifecycle()).releases });
  add(program, "rollback [release]", {
    summary: "Go back to an earlier release: its number or id; else the one before",
    needs: ["wait", "plan", "select"],
    load: async () => (await lifecycle()).rollback,
  });
  const builds = group(program, "builds", "Builds and their logs");
  add(builds, "list", {
    summary: "List builds",
    isDefault: true,
    needs: ["select"],
    load: async () => (await import("../commands/listings.ts")).builds,
  });
  add(builds, "log [build]", {
    summary: "The log of a build; of the newest when none is named",
    needs: ["select"],
    load: async () => (await import("../commands/listings.ts")).buildsLog,
  });
}
