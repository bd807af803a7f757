/** A piece of a line with the look its escape codes asked for; everything else in escape codes is dropped. */
export interface Span {
  readonly text: string;
  readonly className: string;
}

/** CSI … final, OSC … BEL|ST, and two-byte escapes. ECMA-48. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const escapes = /\u001b(?:\[([0-9;:?<=>]*)[ -/]*([@-~])|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\^_])/g;
/** Other control characters and the marks that turn text around: shown as a dot. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const unsafe = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

const colours = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"] as const;

function colourOf(code: number): string | null {
  const at = code >= 90 && code <= 97 ? code - 90 : code >= 30 && code <= 37 ? code - 30 : -1;
  const name = colours[at];
  return name ? `ansi-${name}` : null;
}

interface Look {
  readonly colour: string | null;
  readonly bold: boolean;
  readonly dim: boolean;
}
const plainLook: Look = { colour: null, bold: false, dim: false };

function lookAfter(look: Look, code: number): Look {
  if (code === 0) return plainLook;
  if (code === 1) return { ...look, bold: true };
  if (code === 2) return { ...look, dim: true };
  if (code === 22) return { ...look, bold: false, dim: false };
  if (code === 39) return { ...look, colour: null };
  const colour = colourOf(code);
  return colour ? { ...look, colour } : look;
}

const classOf = (look: Look) => [look.colour, look.bold && "ansi-bold", look.dim && "ansi-dim"].filter(Boolean).join(" ");
const inert = (text: string) => text.replace(unsafe, "·");
export const plainText = (text: string): string => inert(text.replace(escapes, ""));

/** 38;5;n and 38;2;r;g;b name colours outside the eight we tune for both themes: they are left out. */
const codesOf = (parameters: string): number[] => {
  const codes = parameters.split(/[;:]/).map(Number);
  const at = codes.findIndex((code) => code === 38 || code === 48);
  return at < 0 ? codes : codes.slice(0, at);
};

/** Colours kept, everything else inert: no cursor, no title, no link, no overwriting. */
export function spansOf(line: string): readonly Span[] {
  if (!line.includes("\u001b")) return [{ text: inert(line), className: "" }];
  const spans: Span[] = [];
  let look = plainLook;
  let from = 0;
  const add = (to: number) => {
    if (to > from) spans.push({ text: inert(line.slice(from, to)), className: classOf(look) });
  };
  for (const match of line.matchAll(escapes)) {
    add(match.index);
    from = match.index + match[0].length;
    if (match[2] === "m") look = codesOf(match[1] || "0").reduce(lookAfter, look);
  }
  add(line.length);
  return spans;
}
