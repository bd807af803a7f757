export type ParsedJson =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly message: string; readonly line: number };

/** JSON with the line of its first mistake, for people. */
export const parseJson = (text: string): ParsedJson => {
  try {
    return { ok: true, value: JSON.parse(text.replace(/^\uFEFF/, "")) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const at = /position (\d+)/.exec(message);
    const line = at ? text.slice(0, Number(at[1])).split("\n").length : text.split("\n").length;
    return {
      ok: false,
      message: message
        .replace(/ in JSON at position.*| \(line.*/s, "")
        .replace(/, "[\s\S]*" is not valid JSON/, "")
        .slice(0, 200),
      line,
    };
  }
};

export const recordOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : {};

export const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
