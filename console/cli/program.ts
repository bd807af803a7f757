import { readFileSync } from "node:fs";
import { Command, Option } from "commander";
import type { Context, GlobalOptions } from "./context.ts";

/** What a command does. `Options` are its own flags. */
type Run<Options> = (context: Context, options: Options, args: string[]) => Promise<void>;

const everywhere = "Everywhere:";
const flag = (flags: string, description: string, group?: string): Option => {
  const option = new Option(flags, description);
  return group ? option.helpGroup(group) : option;
};
/** May be given again and again. */
const repeatable = (flags: string, description: string): Option =>
  flag(flags, `${description} (may be repeated)`).argParser((value: string, before: string[] | undefined) => [
    ...(before ?? []),
    value,
  ]);
const commonFlags = (): Option[] => [
  flag("--json", "one JSON document on standard output", everywhere),
  flag("-q, --quiet", "say nothing on the way", everywhere),
  flag("-y, --yes", "do not ask", everywhere),
  flag("--url <url>", "which platform (else PLUVIA_URL)", everywhere),
];
const teamFlag = (): Option => flag("--team <team>", "act for this team", everywhere);
const selecting = "Which component (else that of ./pluvia.json):";
const selectionFlags = (): Option[] => [
  flag("-a, --app <name>", "application", selecting),
  flag("-n, --name <name>", "component in it", selecting),
  flag("--component <app/name>", "both at once, or the component's id", selecting),
];
const waitFlags = (): Option[] => [
  flag("--wait", "follow the operation to its end (as on a terminal)"),
  flag("--no-wait", "only say that it began"),
  flag("--timeout <seconds>", "stop waiting after this long"),
];
const planFlag = (): Option => flag("--plan", "show what it would do, and do not do it");
const sourceFlags = (): Option[] => [
  flag("--git <url>", "a git repository"),
  flag("--branch <name>", "its branch, tag or commit"),
  flag("--dir <path>", "folder inside the source"),
  flag("--demo <name>", "a demo that the platform brings, e.g. node"),
  flag("--token <token>", "for a private repository (else PLUVIA_GIT_TOKEN)"),
  flag("--ssh-key <file>", "for a private repository over ssh"),
];

const runFlags = (): Option[] => [
  flag("--kind <kind>", "how it runs").choices(["stateless", "stateful", "daemon", "job", "cron"]),
  flag("--schedule <cron>", "of kind cron: five fields, in UTC"),
  flag("--overlap <how>", "when a run is due while the one before goes on").choices(["allow", "skip", "replace"]),
  repeatable("--volume <volume>", "name:/path:MiB, then :exclusive, :shared or :memory"),
  flag("--request-memory <MiB>", "set aside for one instance"),
  flag("--request-cpu <millis>", "set aside for one instance, in thousandths of a core"),
  flag("--scale-between <min-max>", "scale by load, e.g. 2-10; off: by hand"),
  flag("--cpu-target <percent>", "with --scale-between: how much of the CPU set aside to use (70)"),
];

type Needs = "select" | "wait" | "plan" | "source" | "public";
interface Definition<Options> {
  readonly summary: string;
  readonly needs?: readonly Needs[];
  readonly flags?: readonly Option[];
  /** Words after the first argument are the command's own, even where they look like flags. */
  readonly passThrough?: boolean;
  readonly isDefault?: boolean;
  readonly load: () => Promise<Run<Options>>;
}

async function run<Options>(command: Command, { needs = [], load }: Definition<Options>): Promise<void> {
  const options = { ...command.parent?.parent?.opts(), ...command.parent?.opts(), ...command.opts() } as GlobalOptions & Options;
  const [{ newContext, requireSignedIn }, action] = await Promise.all([import("./context.ts"), load()]);
  const { team, ...others } = options as GlobalOptions;
  const isPublic = needs.includes("public");
  const context = await newContext(isPublic ? others : { ...others, ...(team !== undefined && { team }) });
  if (!isPublic) requireSignedIn(context);
  await action(context, options, command.args);
}

function add<Options>(parent: Command, usage: string, definition: Definition<Options>): void {
  const { needs = [], flags = [] } = definition;
  const command = parent.command(usage, { isDefault: definition.isDefault ?? false }).description(definition.summary);
  const groups: readonly (readonly [Needs, () => Option[]])[] = [
    ["source", sourceFlags],
    ["wait", waitFlags],
    ["plan", () => [planFlag()]],
    ["select", selectionFlags],
  ];
  for (const option of flags) command.addOption(option);
  for (const [need, options] of groups) if (needs.includes(need)) for (const option of options()) command.addOption(option);
  for (const option of commonFlags()) command.addOption(option);
  if (!needs.includes("public")) command.addOption(teamFlag());
  if (definition.passThrough) command.passThroughOptions();
  command.action(() => run(command, definition));
}

const group = (program: Command, name: string, summary: string): Command => program.command(name).description(summary);

function addSignIn(program: Command): void {
  const identity = [
    flag("--email <email>", "e-mail"),
    flag("--password <password>", "password (else PLUVIA_PASSWORD, else asked for)"),
  ];
  const load = () => import("./commands/sign-in.ts");
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
  const loadPassword = () => import("./commands/password.ts");
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
    load: async () => (await import("./commands/usage.ts")).teamsUsage,
  });
  add(teams, "members", { summary: "List the team's members", load: async () => (await load()).teamsMembers });
  add(teams, "invite <email>", {
    summary: "Invite someone to the team",
    flags: [flag("--role <role>", "what they may do").choices(["owner", "developer", "viewer"])],
    load: async () => (await load()).teamsInvite,
  });
  add(teams, "join <token>", { summary: "Join the team you were invited to", load: async () => (await load()).teamsJoin });
}

function addDelivery(program: Command): void {
  add(program, "init", {
    summary: "Name the component that this folder is, in pluvia.json",
    needs: ["public", "select"],
    load: async () => (await import("./commands/init.ts")).init,
  });
  add(program, "check [folder]", {
    summary: "Look at a source without creating anything",
    needs: ["source"],
    flags: [
      flag("--language <language>", "instead of what is detected"),
      flag("--timeout <seconds>", "stop waiting after this long"),
    ],
    load: async () => (await import("./commands/check.ts")).check,
  });
  add(program, "create [folder]", {
    summary: "Create a component, and its application when there is none, and deploy it",
    needs: ["source", "wait", "select"],
    flags: [
      flag("--image <image>", "an image that exists already"),
      flag("--push", "an empty repository on the platform to push to"),
      repeatable("--env <NAME=value>", "a variable"),
      repeatable("--secret <NAME=value>", "a variable whose value is never shown again"),
      repeatable("--port <port>", "8080, 8080/http or 5432/tcp, instead of what is detected"),
      flag("--command <command>", "start command, instead of what is detected"),
      flag("--language <language>", "instead of what is detected"),
      flag("--replicas <count>", "number of instances"),
      flag("--memory <MiB>", "limit of one instance"),
      flag("--cpu <millis>", "limit of one instance, in thousandths of a core"),
      flag("--data-center <name>", "where it runs, instead of the first that can"),
      ...runFlags(),
      flag("--no-deploy", "only create it"),
    ],
    load: async () => (await import("./commands/create.ts")).create,
  });
  add(program, "deploy [folder]", {
    summary: "Build the source and release it; with a folder: send that first",
    needs: ["source", "wait", "plan", "select"],
    load: async () => (await import("./commands/deploy.ts")).deploy,
  });
  const lifecycle = () => import("./commands/lifecycle.ts");
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
    load: async () => (await import("./commands/listings.ts")).builds,
  });
  add(builds, "log [build]", {
    summary: "The log of a build; of the newest when none is named",
    needs: ["select"],
    load: async () => (await import("./commands/listings.ts")).buildsLog,
  });
}

function addOperation(program: Command): void {
  const listings = () => import("./commands/listings.ts");
  const lifecycle = () => import("./commands/lifecycle.ts");
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
    load: async () => (await import("./commands/logs.ts")).logs,
  });
  add(program, "exec [command...]", {
    summary: "Run a command in an instance; a shell when none is given",
    needs: ["select"],
    passThrough: true,
    flags: [flag("--instance <id>", "in this one")],
    load: async () => (await import("./commands/exec.ts")).exec,
  });
  const env = group(program, "env", "Variables of a component");
  const variables = () => import("./commands/env.ts");
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
    flags: [flag("--secret", "never show the values again"), stage],
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

function addTeamThings(program: Command): void {
  const listings = () => import("./commands/listings.ts");
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
  const load = () => import("./commands/keys.ts");
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

function addDataCenters(program: Command): void {
  const load = () => import("./commands/data-centers.ts");
  const places = group(program, "data-centers", "Where components run");
  add(places, "list", {
    summary: "List data centers and what they can do",
    isDefault: true,
    load: async () => (await load()).list,
  });
  add(places, "show <name>", { summary: "What one is, and what its agent finds", load: async () => (await load()).show });
  addNodes(places);
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
  const load = () => import("./commands/nodes.ts");
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

const footer = `
Exit codes:
  0  done                     3  nobody is signed in
  1  refused, or it failed    4  not found
  2  the command is wrong     5  no answer in time
                            130  stopped watching with Ctrl-C

Environment:
  PLUVIA_URL (http://localhost:7070), PLUVIA_API_KEY (wins over a session), PLUVIA_PASSWORD, PLUVIA_GIT_TOKEN

Start with:
  pluvia signup --email you@example.com
  pluvia create --app shop --name web --demo node`;

const version = (): string =>
  (JSON.parse(readFileSync(new URL("./package.json", import.meta.url), "utf8")) as { version: string }).version;

export function newProgram(): Command {
  const program = new Command("pluvia")
    .description("From source code to running applications.")
    .version(version(), "-V, --version")
    .enablePositionalOptions()
    .showHelpAfterError("(add --help to see what it takes)")
    .exitOverride()
    .addHelpText("after", footer);
  for (const option of [...commonFlags(), teamFlag()]) program.addOption(option);
  addSignIn(program);
  addDelivery(program);
  addOperation(program);
  addTeamThings(program);
  addDataCenters(program);
  add(program, "api [operation] [parameters...]", {
    summary: "Call any operation of the API; lists them when none is named",
    needs: ["public"],
    passThrough: true,
    load: async () => (await import("./commands/api.ts")).api,
  });
  program
    .command("completion <shell>")
    .description("Print a completion script for bash, zsh or fish")
    .action(async (shell: string) => {
      const { completionScript } = await import("./commands/completion.ts");
      process.stdout.write(`${completionScript(program, shell)}\n`);
    });
  return program;
}
