import { createClient } from "../../../shared/client/client.ts";
import type { Session } from "../../../shared/contract/identity.ts";
import type { Context } from "../context.ts";
import { teamNamed } from "../context.ts";
import { Fault } from "../../../shared/base/fault.ts";
import { ask, askSecret, required } from "../prompt.ts";
import { configPath, withPlatform, writeConfig } from "../settings.ts";
import { table } from "../text.ts";

export interface SignInOptions {
  readonly email?: string;
  readonly password?: string;
  readonly name?: string;
  readonly team?: string;
  readonly invitation?: string;
}

type Call = (client: ReturnType<typeof createClient>) => Promise<Session>;

/** Calls without credentials and keeps the session that is answered. */
async function signIn(context: Context, call: Call): Promise<void> {
  // Where it cannot be kept, no account is made and no session begun.
  await writeConfig(process.env, context.config);
  // With this header the answer holds the session's token; browsers get it as a cookie only.
  const headers = { "user-agent": "pluvia-cli", "pluvia-client": "cli" };
  const { token, ...session } = await call(createClient({ baseUrl: context.url, headers, bearer: () => undefined }));
  if (!token)
    throw new Fault("unavailable", "The platform took the sign-in but gave no session.", {
      next: "Check that the address is the platform's own.",
    });
  const { name, id: team } = session.teams.find((t) => t.id === context.platform.team) ?? session.teams[0] ?? {};
  const kept = withPlatform(context.config, context.url, { session: token, email: session.user.email, ...(team && { team }) });
  await writeConfig(process.env, { ...kept, current: context.url });
  context.output.result(
    describe(session, context.url, team),
    `Signed in to ${context.url} as ${session.user.email}${name ? `, team ${name}` : ""}. The session is kept in ${configPath(process.env)}.`,
  );
}

const describe = (session: Session, url: string, team: string | undefined) => ({
  url,
  user: session.user,
  teams: session.teams,
  team: team ?? null,
  expiresAt: session.expiresAt,
});

async function identity(options: SignInOptions): Promise<{ email: string; password: string }> {
  const email = await required(options.email, "--email", "E-mail: ", ask);
  const password = await required(
    options.password ?? process.env.PLUVIA_PASSWORD,
    "--password (or PLUVIA_PASSWORD)",
    "Password: ",
    askSecret,
  );
  return { email, password };
}

export async function login(context: Context, options: SignInOptions): Promise<void> {
  const body = await identity(options);
  await signIn(context, (client) => client.sessionCreate({ body }));
}

export async function signup(context: Context, options: SignInOptions): Promise<void> {
  const { email, password } = await identity(options);
  const { name = email.split("@")[0] ?? email, team, invitation } = options;
  await signIn(context, (client) =>
    client.userCreate({ body: { email, password, name, ...(team && { team }), ...(invitation && { invitation }) } }),
  );
}

export async function logout(context: Context): Promise<void> {
  const { url, platform, config, output } = context;
  if (!platform.session) {
    output.result({ url, signedOut: false }, `Nobody was signed in to ${url}.`);
    return;
  }
  const client = createClient({ baseUrl: url, bearer: () => platform.session });
  try {
    await client.sessionRemove();
  } catch (error) {
    output.warn(`the platform could not be told: ${error instanceof Error ? error.message : String(error)}`);
  }
  const { [url]: _, ...platforms } = config.platforms;
  await writeConfig(process.env, { ...config, platforms });
  output.result({ url, signedOut: true }, `Signed out of ${url}.`);
}

export async function whoami(context: Context): Promise<void> {
  const { client, output, url, clientOptions } = context;
  if (process.env.PLUVIA_API_KEY) {
    const team = await client.tenantView();
    output.result({ url, user: null, team: team.id, teams: [team] }, `An API key of the team ${team.name} at ${url}.`);
    return;
  }
  const session = await client.sessionView();
  const team = session.teams.find((t) => t.id === clientOptions.team?.()) ?? session.teams[0];
  output.result(
    describe(session, url, team?.id),
    `${session.user.name} <${session.user.email}> at ${url}${team ? `, team ${team.name} (${team.role})` : ""}`,
  );
}

export async function teamsList({ client, output, clientOptions }: Context): Promise<void> {
  const { teams } = await client.sessionView();
  const current = clientOptions.team?.() ?? teams[0]?.id;
  output.rows(
    teams.map((t) => ({ ...t, current: t.id === current })),
    ["", "TEAM", "ROLE", "ID"],
    teams.map((t) => [t.id === current ? "*" : "", t.name, t.role, t.id]),
    "You are in no team.",
  );
}

export async function teamsSwitch(context: Context, _options: object, [name = ""]: string[]): Promise<void> {
  const team = await teamNamed(context.client, name);
  await writeConfig(process.env, withPlatform(context.config, context.url, { ...context.platform, team: team.id }));
  context.output.result(team, `Commands now act for the team ${team.name}.`);
}

export async function teamsCreate(context: Context, _options: object, [name = ""]: string[]): Promise<void> {
  const team = await context.client.tenantCreate({ body: { name } });
  await writeConfig(process.env, withPlatform(context.config, context.url, { ...context.platform, team: team.id }));
  context.output.result(team, `The team ${team.name} is created, and commands act for it now.`);
}

export async function teamsJoin(context: Context, _options: object, [token = ""]: string[]): Promise<void> {
  const team = await context.client.invitationAccept({ params: { token } });
  context.output.result(team, `You joined the team ${team.name}. Act for it with: pluvia teams switch "${team.name}"`);
}

export async function teamsUpdate(
  { client, output }: Context,
  { name, requiresProvenance }: { readonly name?: string; readonly requiresProvenance?: "yes" | "no" },
): Promise<void> {
  if (name === undefined && requiresProvenance === undefined)
    throw new Fault("invalid", "Nothing to change was given.", { next: "Give --name or --requires-provenance." });
  const team = await client.tenantUpdate({
    body: {
      ...(name !== undefined && { name }),
      ...(requiresProvenance && { requiresProvenance: requiresProvenance === "yes" }),
    },
  });
  const demand = team.requiresProvenance ? "only what the platform built and signed runs" : "any artifact runs";
  output.result(team, `The team ${team.name}: ${demand}.`);
}

export async function teamsMembers({ client, output }: Context): Promise<void> {
  const { allOf } = await import("../../../shared/client/pages.ts");
  const members = await allOf((page) => client.memberList({ query: { page } }));
  output.rows(
    members,
    ["NAME", "E-MAIL", "ROLE", "ID"],
    members.map((m) => [m.name, m.email, m.role, m.user]),
    "The team has no members.",
  );
}

export async function teamsInvite(
  { client, output, url }: Context,
  { role = "developer" }: { role?: string },
  [email = ""]: string[],
): Promise<void> {
  const { invitation, token } = await client.invitationCreate({ body: { email, role: role as "developer" } });
  const link = `${url}/invite/${token}`;
  output.result(
    { ...invitation, token, url: link },
    `${table(["E-MAIL", "ROLE", "UNTIL"], [[invitation.email, invitation.role, invitation.expiresAt]])}\nThey join with: pluvia teams join ${token}\nor at ${link}`,
  );
}
