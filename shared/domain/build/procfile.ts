import type { Finding } from "../../contract/source.ts";

export interface Procfile {
  readonly processes: Readonly<Record<string, string>>;
  readonly findings: readonly Finding[];
}

/** Lines of a Procfile longer than this are not commands. */
const lineMax = 4_000;

const problem = (line: number, message: string): Finding => ({
  level: "warning",
  code: "procfile.line",
  message,
  advice: "Write one process a line, as `web: node server.js`.",
  at: `Procfile:${line}`,
});

/** Lines of `name: command`; comments begin with `#`. A line that is neither is left out with a finding that names it. */
export const parseProcfile = (text: string): Procfile => {
  const processes: Record<string, string> = {};
  const findings: Finding[] = [];
  for (const [index, raw] of text
    .replace(/^\uFEFF/, "")
    .split(/\r\n|\r|\n/)
    .entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const match = /^([A-Za-z0-9_-]{1,63})\s*:\s*(.+)$/.exec(line.slice(0, lineMax + 80));
    const [, name = "", command = ""] = match ?? [];
    if (!match) findings.push(problem(index + 1, "This line of the Procfile is not `name: command`."));
    else if (command.length > lineMax || command.includes("\0"))
      findings.push(problem(index + 1, `The command of ${name} is too long or has a NUL character.`));
    else if (Object.hasOwn(processes, name))
      findings.push(problem(index + 1, `The Procfile names ${name} twice; the first one counts.`));
    else Object.defineProperty(processes, name, { value: command.trim(), enumerable: true, configurable: true, writable: true });
  }
  if (Object.keys(processes).length > 0 && !Object.hasOwn(processes, "web"))
    findings.push({
      level: "info",
      code: "procfile.no-web",
      message: "The Procfile has no web process.",
      advice: "Name the process that answers requests `web`, or give the component a start command.",
    });
  return { processes, findings };
};
