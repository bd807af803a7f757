/**
 * Text of the platform, of a repository or of an application must never steer the terminal it is shown on: escape sequences, control
 * characters and the Unicode ones that reorder text are taken out. Tabs and line ends stay.
 */
export const inert = (text: string): string => text.replace(escapeSequences, "").replace(/\r\n/g, "\n").replace(controls, "");

const esc = "\\u001b";
/** CSI … final, OSC and its like up to BEL or ST, and escapes of two characters (ECMA-48). */
const escapeSequences = new RegExp(
  `(?:${esc}\\[|\\u009b)[0-?]*[ -/]*[@-~]|${esc}[\\]PX^_][^\\u0007${esc}]*(?:\\u0007|${esc}\\\\)?|${esc}[ -/]*[0-~]`,
  "g",
);
const controls = /(?![\t\n])\p{Cc}|[\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
