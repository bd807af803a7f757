import type { Finding } from "../../contract/source.ts";
import type { VariableProposal } from "./build-plan.ts";

/** What a Dockerfile tells of the image its last stage makes. */
export interface Described {
  readonly base: string | null;
  readonly ports: readonly { readonly port: number; readonly protocol: "http" | "tcp" }[];
  readonly variables: readonly VariableProposal[];
  readonly healthPath: string | null;
  /** Names that the build takes as arguments, of any stage. */
  readonly argumentNames: readonly string[];
  readonly findings: readonly (Finding & { readonly line: number })[];
}

interface Instruction {
  readonly line: number;
  readonly name: string;
  readonly rest: string;
}

const known = new Set([
  "ADD",
  "ARG",
  "CMD",
  "COPY",
  "ENTRYPOINT",
  "ENV",
  "EXPOSE",
  "FROM",
  "HEALTHCHECK",
  "LABEL",
  "MAINTAINER",
  "ONBUILD",
  "RUN",
  "SHELL",
  "STOPSIGNAL",
  "USER",
  "VOLUME",
  "WORKDIR",
]);
const linesMax = 5_000;

/** The ends of the here-documents that an instruction opens. */
const hereDocuments = (text: string): readonly string[] =>
  [...text.matchAll(/<<-?\s*["']?([A-Za-z_][A-Za-z0-9_]*)["']?/g)].map((match) => match[1] ?? "");

const blank = /^\s*(#|$)/;

/** One instruction with the lines that continue it, and how many lines that were; comments between them do not end it. */
const joined = (lines: readonly string[], mark: string): { text: string; used: number } => {
  let text = lines[0] ?? "";
  let used = 1;
  for (; text.trimEnd().endsWith(mark) && used < lines.length; used++) {
    const next = lines[used] ?? "";
    text = `${text.trimEnd().slice(0, -1)} ${/^\s*#/.test(next) ? mark : next}`;
  }
  return { text, used };
};

/** How many lines the here-documents of an instruction take. */
const hereLines = (instruction: string, after: readonly string[]): number => {
  let used = 0;
  for (const end of /^\s*(RUN|COPY|ADD)\b/i.test(instruction) ? hereDocuments(instruction) : []) {
    const at = after.slice(used).findIndex((line) => line.trim() === end);
    used = at === -1 ? after.length : used + at + 1;
  }
  return used;
};

const instructionsOf = (text: string): readonly Instruction[] => {
  const lines = text
    .replace(/^\uFEFF/, "")
    .split(/\r\n|\r|\n/)
    .slice(0, linesMax);
  const mark = /^#\s*escape\s*=\s*`/im.test(lines.slice(0, 3).join("\n")) ? "`" : "\\";
  const found: Instruction[] = [];
  for (let at = 0; at < lines.length; ) {
    if (blank.test(lines[at] ?? "")) {
      at += 1;
      continue;
    }
    const whole = joined(lines.slice(at), mark);
    const [, name = "", rest = ""] = /^\s*(\S+)\s*(.*)$/s.exec(whole.text) ?? [];
    found.push({ line: at + 1, name: name.toUpperCase(), rest: rest.trim() });
    at += whole.used;
    at += hereLines(whole.text, lines.slice(at));
  }
  return found;
};

const replaced = (text: string, values: ReadonlyMap<string, string>): string =>
  text.replace(
    /\$\{([A-Za-z_]\w*)(?::-([^}]*))?\}|\$([A-Za-z_]\w*)/g,
    (_, long: string | undefined, fallback: string | undefined, short: string | undefined) =>
      values.get(long ?? short ?? "") ?? fallback ?? "",
  );

const unquoted = (text: string): string => text.replace(/^(["'])(.*)\1$/s, "$2");

const pairsOf = (rest: string): readonly (readonly [string, string])[] => {
  const pairs = [...rest.matchAll(/([A-Za-z_]\w*)=("(?:[^"\\]|\\.)*"|'[^']*'|(?:\\.|[^\s"'])*)/g)].map(
    (match) => [match[1] ?? "", unquoted(match[2] ?? "")] as const,
  );
  const old = /^([A-Za-z_]\w*)\s+(.+)$/s.exec(rest);
  return pairs.length > 0 || !old ? pairs : [[old[1] ?? "", unquoted((old[2] ?? "").trim())]];
};

/** Databases and brokers: their ports speak no HTTP. */
const tcpPorts = new Set([22, 25, 53, 1433, 1521, 2379, 3306, 4222, 5432, 5672, 6379, 9042, 9092, 11211, 27017]);

const portsOf = (rest: string): Described["ports"] =>
  rest.split(/\s+/).flatMap((word) => {
    const match = /^(\d{1,5})(?:\/(tcp|udp))?$/i.exec(word);
    const port = Number(match?.[1]);
    if (!match || match[2]?.toLowerCase() === "udp" || port < 1 || port > 65_535) return [];
    return [{ port, protocol: tcpPorts.has(port) ? "tcp" : "http" } as const];
  });

const problem = (line: number, message: string, level: Finding["level"] = "warning"): Described["findings"][number] => ({
  level,
  code: "dockerfile.line",
  message,
  advice: "Mend the Dockerfile.",
  line,
});

/** The instructions of the last stage, with the arguments known before the first. */
const lastStage = (all: readonly Instruction[]): readonly Instruction[] => {
  const from = all.findLastIndex((instruction) => instruction.name === "FROM");
  return from === -1 ? [] : all.slice(from);
};

const healthPathOf = (rest: string): string | null =>
  /https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\S*?)?(\/[^\s"'|;)\]]*)/.exec(rest)?.[1] ?? null;

/** Set by images themselves, or by the platform. */
const usual = /^(PATH|HOME|LANG|LC_ALL|DEBIAN_FRONTEND|PYTHON\w*|NODE_VERSION|PORT)$/;

/** Variables of a stage as its later instructions see them, and the names that stay in the image. */
const variablesOf = (stage: readonly Instruction[], values: Map<string, string>): ReadonlySet<string> => {
  const kept = new Set<string>();
  for (const { name, rest } of stage) {
    if (name !== "ARG" && name !== "ENV") continue;
    for (const [key, value] of pairsOf(rest)) values.set(key, replaced(value, values));
    if (name === "ENV") for (const [key] of pairsOf(rest)) kept.add(key);
  }
  return kept;
};

const argumentsOf = (rest: string): readonly string[] =>
  rest.split(/\s+/).flatMap((word) => /^([A-Za-z_]\w*)(?:=|$)/.exec(word)?.[1] ?? []);

/** Reads; never runs. What cannot be read is left out with a finding that names the line. */
export const parseDockerfile = (text: string): Described => {
  const all = instructionsOf(text);
  const stage = lastStage(all);
  const unknown = all.filter((each) => !known.has(each.name));
  const findings = unknown
    .slice(0, 20)
    .map((each) => problem(each.line, `${each.name.slice(0, 40)} is not an instruction of Dockerfiles.`));
  if (stage.length === 0)
    return {
      base: null,
      ports: [],
      variables: [],
      healthPath: null,
      argumentNames: [],
      findings: [...findings, problem(1, "The Dockerfile has no FROM.", "blocks")],
    };
  const before = all.slice(
    0,
    all.findIndex((each) => each.name === "FROM"),
  );
  const values = new Map(before.filter((each) => each.name === "ARG").flatMap((each) => pairsOf(each.rest)));
  const base = replaced((stage[0]?.rest ?? "").replace(/--\S+\s+/g, "").split(/\s+/)[0] ?? "", values);
  const kept = [...variablesOf(stage, values)].filter((name) => !usual.test(name));
  const ports = stage.filter((each) => each.name === "EXPOSE").flatMap((each) => portsOf(replaced(each.rest, values)));
  return {
    base: base === "" ? null : base,
    ports: [...new Map(ports.map((port) => [port.port, port])).values()],
    variables: kept.map((name) => ({ name, value: values.get(name) ?? "", required: false })),
    healthPath: healthPathOf(stage.findLast((each) => each.name === "HEALTHCHECK")?.rest ?? ""),
    argumentNames: [...new Set(all.filter((each) => each.name === "ARG").flatMap((each) => argumentsOf(each.rest)))],
    findings,
  };
};

/** The line of a step as builders count them: the stage from 1, and in it the instruction from 1, which is its FROM. */
export const lineOfStep = (text: string, at: { stage: number; step: number }): number | null => {
  const all = instructionsOf(text);
  const starts = all.flatMap((each, index) => (each.name === "FROM" ? [index] : []));
  const start = starts[at.stage - 1];
  return start === undefined ? null : (all[start + at.step - 1]?.line ?? null);
};
