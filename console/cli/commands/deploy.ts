import type { Component } from "../../../shared/contract/component.ts";
import type { Source } from "../../../shared/contract/source.ts";
import { conclude } from "../conclude.ts";
import type { Context } from "../context.ts";
import { UsageError } from "../failure.ts";
import { planOrNothing, type PlanOption } from "../plan.ts";
import { selectComponent } from "../select.ts";
import { type SourceOptions, sourceOf, uploadFolder } from "../source.ts";

export interface DeployOptions extends SourceOptions, PlanOption {}

/** In a folder with a pluvia.json whose component was uploaded, the folder is the source; else what the component has. */
async function newSource(
  context: Context,
  component: Component,
  folder: string | undefined,
  options: DeployOptions,
): Promise<Source | undefined> {
  const { branch, ...others } = options;
  const named = await sourceOf(context, folder, options.git ? options : others);
  if (named) return named;
  if (branch || options.dir) {
    if (component.source.kind !== "git")
      throw new UsageError(
        "--branch and --dir are for a component that is built from a repository.",
        `This one's source is: ${component.source.kind}.`,
      );
    return { ...component.source, ...(branch && { ref: branch }), ...(options.dir && { directory: options.dir }) };
  }
  const here = context.project !== undefined && context.options.app === undefined && context.options.component === undefined;
  if (here && component.source.kind === "upload")
    return uploadFolder(context, context.project.folder, component.source.directory);
  return undefined;
}

export async function deploy(context: Context, options: DeployOptions, [folder]: string[]): Promise<void> {
  const { application, component } = await selectComponent(context);
  if (await planOrNothing(context, component.id, options, { kind: "deploy" })) return;
  const source = await newSource(context, component, folder, options);
  await conclude(
    context,
    application.name,
    await context.client.componentDeploy({ params: { component: component.id }, body: source ? { source } : {} }),
  );
}
