import { setTimeout as sleep } from "node:timers/promises";
import { ApiError } from "../../shared/client/api-error.ts";
import type { DataCenterId } from "../../shared/contract/id.ts";
import type { Check, Finding, GitCredential, Proposal, Source } from "../../shared/contract/source.ts";
import type { Context } from "./context.ts";
import { TimedOut } from "./failure.ts";
import type { Output } from "./output.ts";
import { inertLine } from "./text.ts";
import { timeoutMsOf } from "./timeout.ts";

const pollMs = 400;
/** A check clones the repository; the platform itself gives up earlier than this. */
const checkMsMax = 10 * 60_000;

/** Looks at a source and waits for what is found. */
export async function runCheck(
  context: Context,
  request: {
    source: Source;
    credential?: GitCredential | undefined;
    language?: string | undefined;
    dataCenter?: DataCenterId | undefined;
  },
): Promise<Check> {
  const { client, output, options } = context;
  const { source, credential, language, dataCenter } = request;
  const giveUpAt = Date.now() + (timeoutMsOf(options.timeout) ?? checkMsMax);
  output.note("Looking at the source …");
  let check = await client.checkCreate({
    body: {
      source,
      ...(credential && { credential }),
      ...(language && { language: language as "node" }),
      ...(dataCenter && { dataCenter }),
    },
  });
  if (dataCenter && check.dataCenter !== dataCenter)
    output.note("The platform looks, as the data center does not check sources itself.");
  while (check.state === "running") {
    if (Date.now() > giveUpAt)
      throw new TimedOut("The check of the source has not ended in time.", "Try again, or give it longer with --timeout.");
    await sleep(pollMs);
    check = await client.checkView({ params: { check: check.id } });
  }
  return check;
}

const marks = { info: "·", warning: "!", blocks: "✗" } as const;
const findingText = (f: Finding): string =>
  `${marks[f.level]} ${inertLine(`${f.message}${f.at ? ` (${f.at})` : ""}`)}${f.advice ? `\n    ${inertLine(f.advice)}` : ""}`;

export function proposalText(p: Proposal): string {
  const rows: (readonly [string, string])[] = [
    ["found", p.summary],
    ["command", p.command ?? "none found"],
    ["ports", p.ports.map((port) => `${port.port}/${port.protocol}`).join(", ") || "none"],
    [
      "variables",
      p.variables.map((v) => `${v.name}${v.required && v.value === "" ? " (needed)" : v.value && `=${v.value}`}`).join(" ") ||
        "none",
    ],
    ["commit", p.commit ? `${p.commit.id.slice(0, 10)} ${p.commit.message}` : ""],
  ];
  return rows
    .filter(([, value]) => value !== "")
    .map(([key, value]) => `  ${key.padEnd(9)}  ${inertLine(value)}`)
    .join("\n");
}

function showFindings(output: Output, findings: readonly Finding[]): void {
  for (const f of findings) output.note(findingText(f));
}

/** Shows it. @throws ApiError when something must be mended first. */
export function showCheck({ output }: Context, check: Check): void {
  const blocking = check.findings.filter((f) => f.level === "blocks");
  showFindings(
    output,
    check.findings.filter((f) => f.level !== "blocks"),
  );
  if (check.proposal) output.note(proposalText(check.proposal));
  if (check.state !== "blocked" && blocking.length === 0) return;
  const [first, ...others] = blocking;
  showFindings(output, others);
  throw new ApiError("conflict", first?.message ?? "The source cannot be built.", {
    next: first?.advice ?? "Mend it and try again.",
    status: 200,
    detail: { code: first?.code, check: check.id },
  });
}
