import type { Command } from "commander";
import { add, flag, group } from "./command.ts";

export function addTeam(program: Command): void {
  const listings = () => import("../commands/listings.ts");
  const apps = group(program, "apps", "Applications");
  add(apps, "list", { summary: "List applications", isDefault: true, load: async () => (await listings()).appsList });
  add(apps, "create <name>", {
    summary: "Create an application",
    flags: [flag("--description <text>", "what it is")],
    load: async () => (await listings()).appsCreate,
  });
  add(apps, "remove <name>", {
    summary: "Remove an application and every component in it",
    load: async () => (await listings()).appsRemove,
  });
  const components = group(program, "components", "Components");
  add(components, "list", {
    summary: "List components",
    isDefault: true,
    needs: ["select"],
    load: async () => (await listings()).ps,
  });
  add(components, "remove", {
    summary: "Remove a component with its releases and logs",
    needs: ["wait", "plan", "select"],
    load: async () => (await listings()).componentsRemove,
  });
  const keys = group(program, "keys", "API keys of the team");
  const load = () => import("../commands/keys.ts");
  add(keys, "list", { summary: "List API keys", isDefault: true, load: async () => (await load()).keysList });
  add(keys, "create [label]", {
    summary: "Create an API key and print it, this once",
    flags: [
      flag("-n, --name <name>", "what it is for"),
      flag("-a, --app <name>", "good for this application only"),
      flag("--role <role>", "what it may do (developer)").choices(["owner", "developer", "viewer"]),
      flag("--expires-in-days <days>", "after which it is refused"),
    ],
    load: async () => (await load()).keysCreate,
  });
  add(keys, "revoke <id>", { summary: "Revoke an API key", load: async () => (await load()).keysRevoke });
}
