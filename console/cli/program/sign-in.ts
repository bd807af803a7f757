import type { Command } from "commander";
import { add, flag, group } from "./command.ts";

export function addSignIn(program: Command): void {
  const identity = [
    flag("--email <email>", "e-mail"),
    flag("--password <password>", "password (else PLUVIA_PASSWORD, else asked for)"),
  ];
  const load = () => import("../commands/sign-in.ts");
  add(program, "signup", {
    summary: "Sign up and make a first team",
    needs: ["public"],
    flags: [
      ...identity,
      flag("--name <name>", "your name"),
      flag("--team <name>", "name of the team"),
      flag("--invitation <token>", "join the team that invited you"),
    ],
    load: async () => (await load()).signup,
  });
  add(program, "login", { summary: "Sign in", needs: ["public"], flags: identity, load: async () => (await load()).login });
  add(program, "logout", {
    summary: "Sign out and forget the session",
    needs: ["public"],
    load: async () => (await load()).logout,
  });
  add(program, "whoami", { summary: "Tell who is signed in, and for which team", load: async () => (await load()).whoami });
  const password = group(program, "password", "Your password");
  const loadPassword = () => import("../commands/password.ts");
  const secret = flag("--password <password>", "the new one (else PLUVIA_PASSWORD, else asked for)");
  add(password, "change", {
    summary: "Set a new password; every other session ends",
    flags: [flag("--current <password>", "the current one (else asked for)"), secret],
    load: async () => (await loadPassword()).changePassword,
  });
  add(password, "forgot", {
    summary: "Ask for a mail by which to set a new password",
    needs: ["public"],
    flags: [flag("--email <email>", "e-mail")],
    load: async () => (await loadPassword()).forgotPassword,
  });
  add(password, "reset <token>", {
    summary: "Set a new password by the mail's token; every session ends",
    needs: ["public"],
    flags: [secret],
    load: async () => (await loadPassword()).resetPassword,
  });
  const teams = group(program, "teams", "Teams and their members");
  add(teams, "list", { summary: "List your teams", isDefault: true, load: async () => (await load()).teamsList });
  add(teams, "switch <team>", {
    summary: "Act for another of your teams from now on",
    load: async () => (await load()).teamsSwitch,
  });
  add(teams, "create <name>", { summary: "Create a team", load: async () => (await load()).teamsCreate });
  add(teams, "update", {
    summary: "Rename the team, or set what it demands of artifacts",
    flags: [
      flag("--name <name>", "what it is called from now on"),
      flag("--requires-provenance <yes|no>", "run only what the platform built and signed").choices(["yes", "no"]),
    ],
    load: async () => (await load()).teamsUpdate,
  });
  add(teams, "usage", {
    summary: "The team's limits, and how much of each is used",
    load: async () => (await import("../commands/usage.ts")).teamsUsage,
  });
  add(teams, "members", { summary: "List the team's members", load: async () => (await load()).teamsMembers });
  add(teams, "invite <email>", {
    summary: "Invite someone to the team",
    flags: [flag("--role <role>", "what they may do").choices(["owner", "developer", "viewer"])],
    load: async () => (await load()).teamsInvite,
  });
  add(teams, "join <token>", { summary: "Join the team you were invited to", load: async () => (await load()).teamsJoin });
}
