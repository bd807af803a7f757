import { type Command, Option } from "commander";
import { volumeForm } from "../configuration.ts";
import type { Context, GlobalOptions } from "../context.ts";
import { otherNames } from "../did-you-mean.ts";
import { UsageError } from "../failure.ts";
import { timeoutMsOf } from "../timeout.ts";

/** What a command does. `Options` are its own flags. */
type Run<Options> = (context: Context, options: Options, args: string[]) => Promise<void>;

const everywhere = "Everywhere:";
export const flag = (flags: string, description: string, group?: string): Option => {
  const option = new Option(flags, description);
  return group ? option.helpGroup(group) : option;
};
/** May be given again and again. */
export const repeatable = (flags: string, description: string): Option =>
  flag(flags, `${description} (may be repeated)`).argParser((value: string, before: string[] | undefined) => [
    ...(before ?? []),
    value,
  ]);
export const commonFlags = (): Option[] => [
  flag("--json", "one JSON document on standard output", everywhere),
  flag("-q, --quiet", "say nothing on the way", everywhere),
  flag("-y, --yes", "do not ask", everywhere),
  flag("--url <url>", "which platform (else PLUVIA_URL)", everywhere),
];
export const teamFlag = (): Option => flag("--team <team>", "act for this team", everywhere);
const selecting = "Which component (else that of ./pluvia.json):";
const selectionFlags = (): Option[] => [
  flag("-a, --app <name>", "application", selecting),
  flag("-n, --name <name>", "component in it", selecting),
  flag("--component <app/name>", "both at once, or the component's id", selecting),
];
/** What is no time is refused before anything begins. */
export const timeoutFlag = (): Option =>
  flag("--timeout <seconds>", "stop waiting after this long").argParser((text: string) => {
    timeoutMsOf(text);
    return text;
  });
const waitFlags = (): Option[] => [
  flag("--wait", "follow the operation to its end (as on a terminal)"),
  flag("--no-wait", "only say that it began"),
  timeoutFlag(),
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

export const runFlags = (): Option[] => [
  flag("--kind <kind>", "how it runs").choices(["stateless", "stateful", "daemon", "job", "cron"]),
  flag("--schedule <cron>", "of kind cron: five fields, in UTC"),
  flag("--overlap <how>", "when a run is due while the one before goes on").choices(["allow", "skip", "replace"]),
  repeatable("--port <port>", "8080, 8080/http or 5432/tcp, in place of what it has or is detected; none: it has no port"),
  repeatable("--volume <volume>", `${volumeForm}; in place of those it has, whose data stays; none: no volume`),
  flag("--request-memory <MiB>", "set aside for one instance"),
  flag("--request-cpu <millis>", "set aside for one instance, in thousandths of a core"),
  flag("--scale-between <min-max>", "scale by load, e.g. 2-10; off: by hand"),
  flag("--cpu-target <percent>", "with --scale-between: how much of the CPU set aside to use (70)"),
];

/** `public`: nobody need be signed in, and there is no team; `team`: there may be one nonetheless. */
type Needs = "select" | "wait" | "plan" | "source" | "public" | "team";
interface Definition<Options> {
  readonly summary: string;
  readonly needs?: readonly Needs[];
  readonly flags?: readonly Option[];
  /** Words after the first argument are the command's own, even where they look like flags. */
  readonly passThrough?: boolean;
  readonly isDefault?: boolean;
  readonly load: () => Promise<Run<Options>>;
}

/** A group's default takes no more words than it names: one more was meant as another command of the group. */
function assertNoMore({ args, parent, registeredArguments }: Command): void {
  if (args.length <= registeredArguments.length) return;
  const [word = ""] = args;
  const names = parent?.commands.map((each) => each.name()) ?? [];
  throw new UsageError(`"pluvia ${parent?.name()}" has no command "${word}".`, otherNames(word, names, ""));
}

/** An empty value is that of a shell's variable which is not set: to take it for left out does what nobody asked for. */
function assertNothingEmpty(command: Command, lines: readonly Command[], passThrough: boolean): void {
  const empty = lines.flatMap((line) =>
    line.options.filter((o) => o.long !== "--description" && line.opts()[o.attributeName()] === ""),
  );
  const words = passThrough
    ? []
    : command.registeredArguments.filter((_, i) => command.args[i] === "").map((a) => `<${a.name()}>`);
  const [first] = [...empty.map((o) => o.long), ...words];
  if (first) throw new UsageError(`${first} is empty.`, "Give it a value, or leave it out.");
}

/** The command and the groups it is in, outermost first. */
const lineOf = (command: Command): Command[] => [...(command.parent ? lineOf(command.parent) : []), command];

async function run<Options>(command: Command, definition: Definition<Options>): Promise<void> {
  const { needs = [], isDefault = false, passThrough = false, load } = definition;
  if (isDefault) assertNoMore(command);
  const lines = lineOf(command);
  assertNothingEmpty(command, lines, passThrough);
  const options = Object.assign({}, ...lines.map((each) => each.opts())) as GlobalOptions & Options;
  const [{ newContext, requireSignedIn }, action] = await Promise.all([import("../context.ts"), load()]);
  const { team, ...others } = options as GlobalOptions;
  const isPublic = needs.includes("public");
  const hasTeam = !isPublic || needs.includes("team");
  const context = await newContext(
    { ...others, ...(hasTeam && team !== undefined && { team }) },
    { inProject: needs.includes("select") && !isPublic },
  );
  if (!isPublic) requireSignedIn(context);
  await action(context, options, command.args);
}

export function add<Options>(parent: Command, usage: string, definition: Definition<Options>): void {
  const { needs = [], flags = [], isDefault = false } = definition;
  const command = parent.command(usage, { isDefault }).description(definition.summary).allowExcessArguments(isDefault);
  const groups: readonly (readonly [Needs, () => Option[]])[] = [
    ["source", sourceFlags],
    ["wait", waitFlags],
    ["plan", () => [planFlag()]],
    ["select", selectionFlags],
  ];
  for (const option of flags) command.addOption(option);
  for (const [need, options] of groups) if (needs.includes(need)) for (const option of options()) command.addOption(option);
  for (const option of commonFlags()) command.addOption(option);
  if (!needs.includes("public") || needs.includes("team")) command.addOption(teamFlag());
  if (definition.passThrough) command.passThroughOptions();
  command.action(() => run(command, definition));
}

export const group = (program: Command, name: string, summary: string): Command => program.command(name).description(summary);
