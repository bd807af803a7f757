import { proposalText, runCheck, showCheck } from "../checking.ts";
import type { Context } from "../context.ts";
import { UsageError } from "../failure.ts";
import { dataCenterAsked } from "./data-centers.ts";
import { credentialOf, type SourceOptions, sourceOf } from "../source.ts";

interface CheckOptions extends SourceOptions {
  readonly language?: string;
  readonly dataCenter?: string;
}

/** Looks at a source without creating anything. */
export async function check(context: Context, options: CheckOptions, [folder]: string[]): Promise<void> {
  const source = await sourceOf(context, folder, options);
  if (!source) throw new UsageError("What is to be checked?", "Give --git URL, --demo NAME, or a folder such as .");
  const found = await runCheck(context, {
    source,
    credential: await credentialOf(options),
    language: options.language,
    dataCenter: await dataCenterAsked(context, options.dataCenter),
  });
  showCheck(
    { ...context, output: { ...context.output, note: found.proposal ? context.output.note : context.output.warn } },
    { ...found, proposal: null },
  );
  context.output.result(found, () => (found.proposal ? proposalText(found.proposal) : "Nothing was found."));
}
