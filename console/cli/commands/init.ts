import { writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { isName, nameFrom } from "../../../shared/domain/name.ts";
import { type Context, interactive } from "../context.ts";
import { UsageError } from "../failure.ts";
import { ask } from "../prompt.ts";
import { selectionOf } from "../select.ts";

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

/** Names for a component that is not there yet, which has no id. */
export function namesGiven(from: Pick<Context, "options" | "project">): { app: string | undefined; name: string | undefined } {
  const { app, name, id } = selectionOf(from);
  if (id !== undefined)
    throw new UsageError(`${id} is the id of a component that is there already.`, "Give --component app/name for a new one.");
  return { app, name };
}

/** Commands run in this folder then need no --app and --name. */
export async function writeProject(folder: string, application: string, component: string): Promise<string> {
  const file = join(folder, "pluvia.json");
  await writeFile(file, `${JSON.stringify({ application, component }, null, 2)}\n`);
  return file;
}

/** Writes pluvia.json. */
export async function init(context: Context): Promise<void> {
  const { options, output } = context;
  const given = namesGiven({ options, project: undefined });
  const application = await chosen(context, given.app, "Application:", nameFrom(basename(process.cwd())));
  const component = await chosen(context, given.name, "Component:", "web");
  for (const name of [application, component])
    if (!isName(name))
      throw new UsageError(`"${name}" cannot be a name.`, "Use small letters, digits and dashes, beginning with a letter.");
  const file = await writeProject(process.cwd(), application, component);
  output.result(
    { application, component, file },
    `${file} names ${application}/${component}. Create it with: pluvia create . From then on, send what changed with: pluvia deploy`,
  );
}
