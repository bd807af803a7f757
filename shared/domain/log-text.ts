import { inert } from "../base/inert.ts";

/** A stretch of a log line in one style. The text is inert; colours are names for a palette, never what a program wrote. */
export interface Span {
  readonly text: string;
  readonly color?: Color;
  readonly bold?: true;
  readonly dim?: true;
}
export const colors = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"] as const;
export type Color = (typeof colors)[number];

const esc = "\u001b";
/** Select Graphic Rendition, the one escape sequence that only changes looks (ECMA-48 §8.3.117). */
const rendition = new RegExp(`${esc}\\[([0-9;]*)m`);

type Style = Omit<Span, "text">;

function withCode(style: Style, code: number): Style {
  const { color: _, ...plain } = style;
  const { bold: _bold, dim: _dim, ...light } = style;
  if (code === 0) return {};
  if (code === 1) return { ...style, bold: true };
  if (code === 2) return { ...style, dim: true };
  if (code === 22) return light;
  if (code === 39) return plain;
  const color = code >= 90 ? colors[code - 90] : code >= 30 ? colors[code - 30] : undefined;
  return color === undefined ? style : { ...style, color };
}

function withCodes(style: Style, codes: string): Style {
  let next = style;
  const list = codes.split(";").map(Number);
  for (let at = 0; at < list.length; at++) {
    const code = list[at] ?? 0;
    // 38 and 48 take the following numbers as a colour of their own: 256 colours (5;n) or RGB (2;r;g;b). Not shown.
    if (code === 38 || code === 48) at += list[at + 1] === 5 ? 2 : 4;
    else next = withCode(next, code);
  }
  return next;
}

/** What a carriage return would leave to be seen on a terminal: the newest state of a progress bar. */
const overwritten = (text: string): string => text.replace(/\r+$/, "").replace(/^[\s\S]*\r/, "");

/** A log line for HTML: its colours as spans, everything else that steers a terminal or reorders text taken out. */
export function spansOf(line: string): readonly Span[] {
  const parts = overwritten(line).split(rendition);
  const spans: Span[] = [];
  let style: Style = {};
  // The split alternates text and the codes between two texts.
  for (const [index, part] of parts.entries()) {
    if (index % 2 === 1) style = withCodes(style, part);
    else if (inert(part) !== "") spans.push({ text: inert(part), ...style });
  }
  return spans;
}

/** The same without colours, for a terminal or a file. */
export const plainLine = (line: string): string =>
  spansOf(line)
    .map((span) => span.text)
    .join("");
