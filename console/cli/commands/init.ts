import { writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { type Context, interactive } from "../context.ts";
import { UsageError } from "../failure.ts";
import { ask } from "../prompt.ts";

/** A folder's name as a name that the platform takes. */
export const nameFrom = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+|-+$/g, "")
    .slice(0, 40)
    .replace(/-+$/, "") || "web";

const chosen = async (given: string | undefined, question: string, fallback: string): Promise<string> => {
  if (given !== undefined) return given;
  if (!interactive()) return fallback;
  return (await ask(`${question} [${fallback}] `)).trim() || fallback;
};

/** Writes pluvia.json: commands run in this folder then need no --app and --name. */
export async function init({ options, output }: Context): Promise<void> {
  const application = await chosen(options.app, "Application:", nameFrom(basename(process.cwd())));
  const component = await chosen(options.name, "Component:", "web");
  for (const name of [application, component])
    if (nameFrom(name) !== name)
      throw new UsageError(`"${name}" cannot be a name.`, "Use small letters, digits and dashes, beginning with a letter.");
  const file = join(process.cwd(), "pluvia.json");
  await writeFile(file, `${JSON.stringify({ application, component }, null, 2)}\n`);
  output.result(
    { application, component, file },
    `${file} names ${application}/${component}. Create it with: pluvia create . From then on, send what changed with: pluvia deploy`,
  );
}
