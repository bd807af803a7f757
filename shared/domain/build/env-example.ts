import type { VariableProposal } from "./build-plan.ts";

/** More variables than a component may have are not proposed. */
const variablesMax = 500;

const textAfter = (raw: string): string => {
  const quoted = /^(["'])(.*?)\1\s*(?:#.*)?$/s.exec(raw);
  return quoted ? (quoted[2] ?? "") : raw.replace(/\s+#.*$/, "").trim();
};

/** A value a person is meant to replace. */
const placeholder = /^(<.*>|your[-_ ].*|change[-_ ]?me|xxx+|\.\.\.|todo)$/i;

/** The variables of a `.env.example`: a comment line right above one describes it; one without a value is required. */
export const parseEnvExample = (text: string): readonly VariableProposal[] => {
  const found = new Map<string, VariableProposal>();
  let comment: string[] = [];
  for (const raw of text.replace(/^\uFEFF/, "").split(/\r\n|\r|\n/)) {
    const line = raw.trim();
    const match = /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]{0,127})\s*=(.*)$/s.exec(line);
    if (match?.[1] && found.size < variablesMax) {
      const value = textAfter((match[2] ?? "").trim());
      const open = value === "" || placeholder.test(value);
      const description = comment.join(" ").slice(0, 500);
      found.set(match[1], {
        name: match[1],
        value: open ? "" : value.slice(0, 32_768),
        required: open,
        ...(description === "" ? {} : { description }),
      });
    }
    comment = line.startsWith("#") ? [...comment, line.replace(/^#+\s*/, "")].slice(-5) : [];
  }
  return [...found.values()];
};
