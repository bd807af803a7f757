import { badPage } from "../../shared/base/page.ts";
import { faultOf } from "../../shared/base/fault.ts";
import type { Tokens } from "../../shared/ports/tokens.ts";

/** Somebody reads a list on the day they began. */
const seconds = 24 * 3_600;

/** Which list, and whose: a page of one is no page of another. */
interface Listing {
  readonly operation: string;
  readonly owner: string;
}
type Signer = { readonly tokens: Pick<Tokens, "sign" | "verify"> };
type Asked = { readonly page?: string | undefined };

/** A store's page token says where to go on, so what leaves is signed: whoever asks goes on where we said, or not at all. */
export async function signedNext<R>({ tokens }: Signer, { operation, owner }: Listing, result: R): Promise<R> {
  const { next } = (result ?? {}) as { next?: unknown };
  if (typeof next !== "string") return result;
  return { ...result, next: await tokens.sign("page", { operation, owner, page: next }, seconds) };
}

/** @throws Fault `invalid` for a token that is not ours, not of this list, or of yesterday. */
export async function openedPage<Q extends object>({ tokens }: Signer, listing: Listing, query: Q): Promise<Q> {
  const { page } = query as Asked;
  if (page === undefined) return query;
  const {
    operation,
    owner,
    page: opened,
  } = await tokens.verify("page", page).catch((error: unknown) => {
    throw faultOf(error).code === "unauthenticated" ? badPage() : error;
  });
  if (operation !== listing.operation || owner !== listing.owner) throw badPage();
  return { ...query, page: opened };
}
