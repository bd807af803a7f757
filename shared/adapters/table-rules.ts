import { Fault } from "../base/fault.ts";
import { badPage } from "../base/page.ts";
import type { Key, Row, TableQuery, Write } from "../ports/table.ts";

/** DynamoDB's limits, kept by every table so that what works here works there: writes of a transaction, keys of a batch, bytes of an item. */
const writesMax = 100;
const keysMax = 100;
const rowBytesMax = 400 * 1024;
const limitMax = 1_000;

export const keyOf = (write: Write): Key => (write.kind === "put" ? { pk: write.row.pk, sk: write.row.sk } : write.key);

/** @throws Fault `internal` for what only a bug can ask, `too_large` for a row over 400 KB. */
export function checkWrites(writes: readonly Write[]): void {
  if (writes.length === 0 || writes.length > writesMax)
    throw bug(`a transaction has 1 to ${writesMax} writes, not ${writes.length}`);
  const seen = new Set<string>();
  for (const write of writes) {
    const { pk, sk } = keyOf(write);
    const { index } = write.kind === "put" ? write.row : {};
    if (pk === "" || sk === "" || index?.pk === "" || index?.sk === "") throw bug("a key has an empty part");
    const name = JSON.stringify([pk, sk]);
    if (seen.has(name)) throw bug(`a transaction writes ${name} twice`);
    seen.add(name);
  }
}

/** @throws Fault `internal` for what only a bug can ask. */
export function checkKeys(keys: readonly Key[]): void {
  if (keys.length === 0 || keys.length > keysMax) throw bug(`a batch has 1 to ${keysMax} keys, not ${keys.length}`);
  if (new Set(keys.map(({ pk, sk }) => JSON.stringify([pk, sk]))).size < keys.length) throw bug("a batch names a key twice");
}

export function rowText(row: Row): string {
  const text = JSON.stringify(row.value);
  if (Buffer.byteLength(text) > rowBytesMax)
    throw new Fault("too_large", "That is more than can be kept in one record (400 KB).", {
      next: "Make it smaller, or split it.",
      reason: "record.too-large",
      detail: { pk: row.pk, sk: row.sk },
    });
  return text;
}

export function checkQuery(query: TableQuery): void {
  if (!Number.isInteger(query.limit) || query.limit < 1 || query.limit > limitMax)
    throw bug(`a query's limit is 1 to ${limitMax}, not ${query.limit}`);
}

export const conflicting = (keys: readonly Key[]): Fault =>
  new Fault("conflict", "It was changed by someone else at the same time.", {
    next: "Reload, look at what changed, and try again.",
    reason: "changed-meanwhile",
    detail: { keys },
  });

/** Where a page ended: the sort key read, then the row's own key, which tells rows apart that share an index entry. */
export type PageToken = readonly [sort: string, pk: string, sk: string];
export const pageOf = (token: PageToken): string => Buffer.from(JSON.stringify(token)).toString("base64url");
/** @throws Fault `invalid`. */
export function pageToken(page: string): PageToken {
  const token = parsed(Buffer.from(page, "base64url").toString());
  if (isToken(token)) return token;
  throw badPage();
}

const isToken = (token: unknown): token is PageToken =>
  Array.isArray(token) && token.length === 3 && token.every((part) => typeof part === "string");

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the caller says what is wrong with the token
  }
}

const bug = (message: string): Fault => new Fault("internal", "Something went wrong on our side.", { detail: { bug: message } });
