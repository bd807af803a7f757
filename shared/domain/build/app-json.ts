import * as z from "zod";
import type { Finding } from "../../contract/source.ts";
import { parseJson } from "./json.ts";
import type { VariableProposal } from "./build-plan.ts";

/** The part of Heroku's app.json that says what an application wants to be told. */
const AppJson = z.object({
  name: z.string().max(200).optional(),
  env: z
    .record(
      z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/),
      z.union([
        z.string().max(32_768),
        z.object({
          value: z.string().max(32_768).optional(),
          description: z.string().max(500).optional(),
          required: z.boolean().optional(),
          generator: z.string().optional(),
        }),
      ]),
    )
    .optional(),
});

export interface AppDescription {
  readonly name: string | null;
  readonly variables: readonly VariableProposal[];
  readonly findings: readonly Finding[];
}

export const parseAppJson = (text: string): AppDescription => {
  const json = parseJson(text);
  const broken = (message: string): AppDescription => ({
    name: null,
    variables: [],
    findings: [
      {
        level: "warning",
        code: "app-json.invalid",
        message,
        at: json.ok ? "app.json" : `app.json:${json.line}`,
        advice: "Mend app.json; what it says is left out until then.",
      },
    ],
  });
  if (!json.ok) return broken(`app.json is not JSON: ${json.message}.`);
  const parsed = AppJson.safeParse(json.value);
  if (!parsed.success)
    return broken(
      `app.json is not understood at ${parsed.error.issues[0]?.path.join(".") || "its top"}: ${parsed.error.issues[0]?.message}.`,
    );
  const variables = Object.entries(parsed.data.env ?? {}).map(([name, entry]): VariableProposal => {
    if (typeof entry === "string") return { name, value: entry, required: false };
    const value = entry.value ?? "";
    return {
      name,
      value,
      required: value === "" && entry.required !== false && entry.generator === undefined,
      ...(entry.description === undefined ? {} : { description: entry.description }),
    };
  });
  return { name: parsed.data.name ?? null, variables, findings: [] };
};
