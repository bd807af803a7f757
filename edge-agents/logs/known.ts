import * as z from "zod";
import { Params } from "../../shared/contract/id.ts";

/** By what a line of the platform can be told in any language. */
const Known = z.object({ code: z.string(), params: Params });
export type Known = z.infer<typeof Known>;

/** A control character that is in no text of ours. */
const between = "\u001f";

/** As it is stored: one text. */
export const joined = (text: string, known?: Known): string =>
  known === undefined ? text : `${text}${between}${JSON.stringify(known)}`;

export function parted(stored: string): { readonly text: string } & Partial<Known> {
  const [text = "", known] = stored.split(between);
  return known === undefined ? { text } : { text, ...Known.parse(JSON.parse(known)) };
}
