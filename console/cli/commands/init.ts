import { writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { isName, nameFrom } from "../../../shared/domain/name.ts";
import { type Context, interactive } from "../context.ts";
import { UsageError } from "../failure.ts";
import { ask } from "../prompt.ts";

/** What is given, else asked for on a terminal, else the usual. */
export const chosen = async (
  { options }: Context,
  given: string | undefined,
  question: string,
  usual: string,
): Promise<string> => {
  if (given !== undefined) return given;
  if (!interactive() || options.yes) return usual;
  return (await ask(`${question} [${usual}] `)).trim() || usual;
};

/** Commands run in this folder then need no --app and --name. */
export async function writeProject(folder: string, application: string, component: string): Promise<string> {
  const file = join(folder, "pluvia.json");
  await writeFile(file, `${JSON.stringify({ application, component }, null, 2)}\n`);
  return file;
}

/** Writes pluvia.json. */
export async function init(context: Context): Promise<void> {
  const { options, output } = context;
  const application = await chosen(context, options.app, "Application:", nameFrom(basename(process.cwd())));
  const component = await chosen(context, options.name, "Component:", "web");
  for (const name of [application, component])
    if (!isName(name))
      throw new UsageError(`"${name}" cannot be a name.`, "Use small letters, digits and dashes, beginning with a letter.");
  const file = await writeProject(process.cwd(), application, component);
  output.result(
    { application, component, file },
    `${file} names ${application}/${component}. Create it with: pluvia create . From then on, send what changed with: pluvia deploy`,
  );
}
