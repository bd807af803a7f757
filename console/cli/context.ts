import { Fault } from "../../shared/base/fault.ts";
import { type Client, type ClientOptions, createClient } from "../../shared/client/client.ts";
import { otherNames } from "./did-you-mean.ts";
import { notSignedIn, UsageError } from "./failure.ts";
import { newOutput, type Output } from "./output.ts";
import { type Config, type Platform, type Project, readConfig, readProject, urlOf } from "./settings.ts";

/** Flags that every command takes. */
export interface GlobalOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly yes?: boolean;
  /** undefined: as the terminal suggests. */
  readonly wait?: boolean;
  readonly timeout?: string;
  readonly team?: string;
  readonly url?: string;
  readonly app?: string;
  readonly name?: string;
  readonly component?: string;
}

/** All that a command needs of its surroundings. */
export interface Context {
  readonly options: GlobalOptions;
  readonly output: Output;
  readonly url: string;
  readonly config: Config;
  readonly platform: Platform;
  readonly project: Project | undefined;
  /** Follow operations to their end? */
  readonly wait: boolean;
  readonly client: Client;
  readonly clientOptions: ClientOptions;
  /** API key, else session. */
  readonly bearer: string | undefined;
}

/** A person can be asked. */
export const interactive = (): boolean => process.stdin.isTTY === true && process.stderr.isTTY === true;

/** Teams are told apart by id; people name them. */
export async function teamNamed(client: Client, name: string): Promise<{ id: string; name: string }> {
  const { teams } = await client.sessionView();
  const found = teams.find((t) => t.id === name) ?? teams.find((t) => t.name.toLowerCase() === name.toLowerCase());
  if (!found)
    throw new Fault("not_found", `You are in no team called "${name}".`, {
      next: otherNames(
        name,
        teams.map((t) => t.name),
        'You are in none: "pluvia teams create" makes one.',
      ),
    });
  return found;
}

/** An API key is of one team and says so itself: another one's name is no wish that it could fulfil. @throws UsageError */
async function assertKeyOf(client: Client, name: string): Promise<void> {
  const own = await client.tenantView();
  if (own.id === name || own.name.toLowerCase() === name.toLowerCase()) return;
  throw new UsageError(
    `PLUVIA_API_KEY is a key of the team "${own.name}", not of "${name}".`,
    "Give a key of that team, or unset PLUVIA_API_KEY to act as the person who is signed in.",
  );
}

/** Which team a session acts for: the one that is named, else the one that was chosen. */
async function teamOf(
  client: Client,
  asked: string | undefined,
  { isKey, chosen }: { isKey: boolean; chosen: string | undefined },
) {
  if (isKey) {
    if (asked !== undefined) await assertKeyOf(client, asked);
    return undefined;
  }
  return asked === undefined ? chosen : (await teamNamed(client, asked)).id;
}

/** `inProject`: the command may be about the component that pluvia.json names. */
export async function newContext(
  options: GlobalOptions,
  { inProject }: { inProject: boolean },
  env: NodeJS.ProcessEnv = process.env,
): Promise<Context> {
  const output = newOutput({ json: options.json ?? false, quiet: options.quiet ?? false });
  const config = await readConfig(env);
  const url = urlOf(options.url, env, config);
  const platform = config.platforms[url] ?? {};
  const bearer = env.PLUVIA_API_KEY || platform.session;
  const anyTeam: ClientOptions = { baseUrl: url, bearer: () => bearer, headers: { "user-agent": "pluvia-cli" } };
  const team = await teamOf(createClient(anyTeam), options.team, { isKey: Boolean(env.PLUVIA_API_KEY), chosen: platform.team });
  const clientOptions: ClientOptions = { ...anyTeam, team: () => team };
  return {
    options,
    output,
    url,
    config,
    platform,
    project: inProject ? await readProject(process.cwd()) : undefined,
    wait: options.wait ?? output.live,
    client: createClient(clientOptions),
    clientOptions,
    bearer,
  };
}

export function requireSignedIn(context: Context): void {
  if (!context.bearer) throw notSignedIn(context.url);
}
