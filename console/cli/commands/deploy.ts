import type { Component } from "../../../shared/contract/component.ts";
import type { Source } from "../../../shared/contract/source.ts";
import { originOf } from "../../../shared/domain/build/git-url.ts";
import { conclude } from "../conclude.ts";
import type { Context } from "../context.ts";
import { UsageError } from "../failure.ts";
import { planOrNothing, type PlanOption } from "../plan.ts";
import { selectComponent } from "../select.ts";
import { credentialOf, type SourceOptions, sourceOf, uploadFolder } from "../source.ts";

export interface DeployOptions extends SourceOptions, PlanOption {}

/** In a folder with a pluvia.json whose component was uploaded, the folder is the source; else what the component has. */
async function newSource(
  context: Context,
  component: Component,
  folder: string | undefined,
  options: DeployOptions,
): Promise<Source | undefined> {
  const { branch } = options;
  const named = await sourceOf(context, folder, options);
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

/** The component keeps one, for its repository's host alone. */
async function keepCredential(context: Context, component: Component, options: DeployOptions): Promise<void> {
  if (options.token === undefined && options.sshKey === undefined) return;
  const own = component.source.kind === "git" ? originOf(component.source.url) : null;
  if (own === null || (options.git !== undefined && originOf(options.git) !== own))
    throw new UsageError(
      "A credential is kept for the repository that the component is built from, and sent nowhere else.",
      own === null ? `This one's source is: ${component.source.kind}.` : `This one's repository is at ${own}.`,
    );
  const credential = await credentialOf(options);
  await context.client.componentUpdate({
    params: { component: component.id },
    body: { ...(credential && { credential }), generation: component.generation },
  });
}

export async function deploy(context: Context, options: DeployOptions, [folder]: string[]): Promise<void> {
  const { application, component } = await selectComponent(context);
  if (await planOrNothing(context, component.id, options, { kind: "deploy" })) return;
  await keepCredential(context, component, options);
  const source = await newSource(context, component, folder, options);
  await conclude(
    context,
    application.name,
    await context.client.componentDeploy({ params: { component: component.id }, body: source ? { source } : {} }),
  );
}
