import type { i18n } from "i18next";
import { useTranslation } from "react-i18next";

type Wording = string | readonly string[];
/** By code: what is said, and what to do next. */
export type PlatformWords = Readonly<Record<string, readonly [message: Wording, next?: Wording]>>;

/** A sentence of the platform with what it is made of. */
export interface Said {
  readonly code: string;
  readonly message: string;
  readonly next?: string | undefined;
  readonly params?: Readonly<Record<string, string | number>> | undefined;
}
export interface Told {
  readonly message: string;
  readonly next: string;
}

const slot = /\{\{(\w+)\}\}/g;
/** An empty fact is none. */
const filled = (wording: string, facts: NonNullable<Said["params"]>): string | null =>
  [...wording.matchAll(slot)].some(([, name = ""]) => (facts[name] ?? "") === "")
    ? null
    : wording.replace(slot, (_, name: string) => String(facts[name]));

/** The platform speaks English; in a language with a catalogue the same is said by code, and what that lacks is said as it came. */
export function told(words: PlatformWords | undefined, said: Said): Told {
  const own = words?.[said.code];
  const facts = { said: said.message, ...said.params };
  const first = (wording: Wording | undefined, otherwise: string): string =>
    [wording ?? []].flat().flatMap((each) => filled(each, facts) ?? [])[0] ?? otherwise;
  const message = first(own?.[0], said.message);
  const next = first(own?.[1], said.next ?? "");
  if (!own || said.params?.keptRelease === undefined) return { message, next };
  return { message, next: `${next}${first(words?.["kept-release"]?.[0], "")}` };
}

export const platformWords = (language: i18n): PlatformWords | undefined =>
  language.getResourceBundle(language.language, "platform") as PlatformWords | undefined;

/** Tells what the platform said in the reader's language. */
export function useTold(): (said: Said) => Told {
  const { i18n } = useTranslation();
  const words = platformWords(i18n);
  return (said) => told(words, said);
}
