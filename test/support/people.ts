import type { Role } from "../../shared/contract/identity.ts";
import type { Api } from "./api.ts";

export interface Signed {
  readonly user: `usr_${string}`;
  readonly email: string;
  readonly team: `tnt_${string}`;
  /** Bearer token of the session. */
  readonly token: string;
  /** As the browser sends it. */
  readonly cookie: string;
  readonly csrf: string;
}
export const password = "correct horse battery";

export async function signUp(api: Api, email: string, more: { invitation?: string; team?: string } = {}): Promise<Signed> {
  const got = await api.ask("userCreate", {
    body: { email, password, name: email.split("@")[0], ...more },
    headers: { "pluvia-client": "cli" },
    address: email,
  });
  if (got.status !== 201) throw new Error(`sign-up answered ${got.status}: ${JSON.stringify(got.body)}`);
  const { user, teams, csrf, token = "" } = got.body;
  return { user: user.id, email, team: teams[0]?.id ?? "tnt_", token, cookie: got.cookies[0]?.split(";")[0] ?? "", csrf };
}

export async function invite(api: Api, owner: Signed, { email, role }: { email: string; role: Role }): Promise<string> {
  const got = await api.ask("invitationCreate", { as: owner.token, team: owner.team, body: { email, role } });
  if (got.status !== 201) throw new Error(`the invitation answered ${got.status}: ${JSON.stringify(got.body)}`);
  return got.body.token;
}

/** Someone new in the owner's team. */
export const signUpMember = async (api: Api, owner: Signed, role: Role): Promise<Signed> => {
  const email = `${role}-of-${owner.email}`;
  return signUp(api, email, { invitation: await invite(api, owner, { email, role }) });
};

export async function newKey(api: Api, owner: Signed, body: object = {}): Promise<{ id: `key_${string}`; secret: string }> {
  const got = await api.ask("keyCreate", { as: owner.token, team: owner.team, body: { name: "automation", ...body } });
  if (got.status !== 201) throw new Error(`the key answered ${got.status}: ${JSON.stringify(got.body)}`);
  return { id: got.body.key.id, secret: got.body.secret };
}
