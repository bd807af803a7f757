import { allOf } from "../../../shared/client/pages.ts";
import type { ApiKey } from "../../../shared/contract/identity.ts";
import type { Context } from "../context.ts";
import { UsageError } from "../failure.ts";
import { confirmDestructive } from "../prompt.ts";
import { applicationNamed } from "../select.ts";
import { ago } from "../text.ts";
import { integer } from "../configuration.ts";

export interface KeyOptions {
  readonly role?: string;
  readonly expiresInDays?: string;
}

const stateOf = (key: ApiKey): string => {
  if (key.revokedAt !== null) return "revoked";
  return key.expiresAt !== null && Date.parse(key.expiresAt) < Date.now() ? "expired" : "live";
};

export async function keysList({ client, output }: Context): Promise<void> {
  const keys = await allOf((page) => client.keyList({ query: { page } }));
  output.rows(
    keys,
    ["KEY", "NAME", "ROLE", "STATE", "USED", "EXPIRES", "ID"],
    keys.map((k) => [k.hint, k.name, k.role, stateOf(k), ago(k.lastUsedAt), k.expiresAt ?? "never", k.id]),
    "The team has no API key.",
  );
}

/** Standard output is the key alone, so that it can be piped; it is shown this once. */
export async function keysCreate(context: Context, options: KeyOptions, [word]: string[]): Promise<void> {
  const { client, output, options: globals } = context;
  if (word !== undefined && globals.name !== undefined)
    throw new UsageError(`${word} and --name ${globals.name} both say what it is for.`, "Leave one of the two out.");
  const applications = globals.app ? [(await applicationNamed(context, globals.app)).id] : null;
  const { key, secret } = await client.keyCreate({
    body: {
      name: globals.name ?? word ?? "cli",
      applications,
      ...(options.role && { role: options.role as ApiKey["role"] }),
      ...(options.expiresInDays && { expiresInDays: integer(options.expiresInDays, "--expires-in-days") }),
    },
  });
  output.note("This key is shown only now. Keep it where your automation finds it, as PLUVIA_API_KEY:");
  output.result({ ...key, secret }, secret);
}

export async function keysRevoke(context: Context, _options: object, [id = ""]: string[]): Promise<void> {
  await confirmDestructive(context, `This revokes the key ${id}: whatever uses it is refused from now on.`);
  await context.client.keyRemove({ params: { key: id as ApiKey["id"] } });
  context.output.result({ id, revoked: true }, `The key ${id} is revoked.`);
}
