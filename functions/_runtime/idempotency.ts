import * as z from "zod";
import { sha256 } from "../../shared/base/digest.ts";
import { conflict, Fault } from "../../shared/base/fault.ts";
import { entity, put, read } from "../../shared/control/entity.ts";
import type { Write } from "../../shared/ports/table.ts";
import type { Deps } from "./deps.ts";

/** Longer than any client retries; shorter than anyone remembers a key. */
const keptMs = 24 * 3_600_000;
const Kept = z.object({
  pk: z.string(),
  sk: z.string(),
  /** JSON of Content, sealed: answers hold secrets, and a bare hash of a request with a password in it could be guessed at. */
  sealed: z.string(),
  expiresAt: z.string(),
  generation: z.int(),
});
type Kept = z.infer<typeof Kept>;
/** `request`: a hash of operation, parameters and body. Without an answer: done, but how it was answered was lost with a crash. */
interface Content {
  readonly request: string;
  readonly answer?: Earlier;
}
const kept = entity("idempotency", Kept, (k) => ({ key: { pk: k.pk, sk: k.sk }, expiresAt: new Date(k.expiresAt) }));

/** Who repeats: `owner` is `tenant#T` or `user#U`. */
export interface Asked {
  readonly owner: string;
  readonly actor: string;
  readonly key: string;
  readonly operation: string;
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

export interface Once {
  /** The stored answer when this request was done before. @throws Fault `conflict` when the key was used for another request. */
  readonly earlier: () => Promise<Earlier | undefined>;
  /** The row that goes into the transaction of the work itself. @throws Fault `conflict` when another request was first. */
  readonly write: (result: unknown) => Promise<Write>;
  /** Keeps what was really answered. Answers what another request kept meanwhile, if one did. */
  readonly finish: (result: unknown) => Promise<Earlier | undefined>;
}
export interface Earlier {
  readonly result: unknown;
}

const visible = /^[\x21-\x7e]{1,200}$/;

/** @throws Fault `invalid`. */
export function idempotencyKeyOf(header: string | undefined): string | undefined {
  if (header === undefined || visible.test(header)) return header;
  throw new Fault("invalid", "An Idempotency-Key has 1 to 200 visible ASCII characters without spaces.", {
    next: "Use a random UUID.",
    reason: "repeat.key",
  });
}

export async function once(deps: Deps, asked: Asked, resultSchema: z.ZodType): Promise<Once> {
  const request = await sha256(canonical([asked.operation, asked.params, asked.query, asked.body]));
  const place = { pk: asked.owner, sk: `idempotency#${asked.actor}#${asked.key}` };
  let seen: Kept | undefined;
  let prepared: { row: Kept; text: string } | undefined;

  const look = async (): Promise<Kept | undefined> => {
    seen = await read(deps.table, kept, place);
    return seen && Date.parse(seen.expiresAt) > deps.clock.now().getTime() ? seen : undefined;
  };
  const keep = async (result: unknown, generation: number): Promise<{ row: Kept; text: string }> => {
    const text = JSON.stringify({ result });
    const fits = resultSchema.safeParse(result).success;
    const content: Content = { request, ...(fits && { answer: JSON.parse(text) as Earlier }) };
    const sealed = await deps.secrets.seal(asked.owner, JSON.stringify(content));
    const expiresAt = new Date(deps.clock.now().getTime() + keptMs).toISOString();
    return { row: { ...place, sealed, expiresAt, generation }, text };
  };
  const open = async (row: Kept): Promise<Earlier> => {
    const content = JSON.parse(await deps.secrets.open(asked.owner, row.sealed)) as Content;
    if (content.request !== request)
      throw conflict("repeat.other", "This Idempotency-Key was used for another request.", "Use a new key for a new request.");
    if (!content.answer)
      throw conflict(
        "repeat.lost",
        "This request was done before; its answer was lost.",
        "Look at the thing itself rather than repeating the request.",
      );
    return content.answer;
  };

  return {
    earlier: async () => {
      const row = await look();
      return row && open(row);
    },
    write: async (result) => {
      // A second try within this request: its first may have lost against another request with the same key.
      if (prepared && (await look()))
        throw conflict("repeat.late", "Another request with this Idempotency-Key was first.", "Send it again to get its answer.");
      prepared = await keep(result, (seen?.generation ?? 0) + 1);
      return put(kept, prepared.row);
    },
    finish: async (result) => {
      if (prepared?.text === JSON.stringify({ result })) return undefined;
      const row = await look();
      if (row && !prepared) return open(row);
      await deps.table.transact([put(kept, (await keep(result, (seen?.generation ?? 0) + 1)).row)]);
      return undefined;
    },
  };
}

/** The same text for the same value, whatever the order of its fields. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, v: unknown) =>
    typeof v === "object" && v !== null && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1)))
      : v,
  );
}
