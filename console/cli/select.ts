import { Fault } from "../../shared/base/fault.ts";
import { allOf } from "../../shared/client/pages.ts";
import type { Application, Component } from "../../shared/contract/component.ts";
import type { Context } from "./context.ts";
import { otherNames } from "./did-you-mean.ts";
import { UsageError } from "./failure.ts";

interface Selection {
  readonly app: string | undefined;
  readonly name: string | undefined;
  readonly id: string | undefined;
}

/** What the flags name: --component app/name or an id, --app and --name, else the folder's pluvia.json. */
export function selectionOf({ options, project }: Pick<Context, "options" | "project">): Selection {
  const { component, app, name } = options;
  const twice =
    component === undefined ? undefined : Object.entries({ "--app": app, "--name": name }).find(([, v]) => v !== undefined);
  if (twice) throw new UsageError(`--component and ${twice[0]} both say which component.`, "Leave one of the two out.");
  if (component?.startsWith("cmp_")) return { app: undefined, name: undefined, id: component };
  if (component !== undefined) {
    const [first, second, ...rest] = component.split("/");
    if (!first || rest.length > 0) throw new UsageError(`--component takes app/name or an id, not "${component}".`);
    return { app: first, name: second || undefined, id: undefined };
  }
  if (app !== undefined) return { app, name, id: undefined };
  return { app: project?.application, name: name ?? project?.component, id: undefined };
}

export const applications = ({ client }: Context): Promise<Application[]> =>
  allOf((page) => client.applicationList({ query: { page, limit: 200 } }));

export async function applicationNamed(context: Context, name: string): Promise<Application> {
  const all = await applications(context);
  const found = all.find((a) => a.name === name || a.id === name);
  if (found) return found;
  throw new Fault("not_found", `There is no application "${name}" in this team.`, {
    next: otherNames(
      name,
      all.map((a) => a.name),
      'It has none yet: "pluvia create" makes one.',
    ),
  });
}

export const componentsOf = ({ client }: Context, application?: string): Promise<Component[]> =>
  allOf((page) =>
    client.componentList({ query: { page, limit: 200, ...(application && { application: application as Application["id"] }) } }),
  );

const oneOf = (application: Application, components: readonly Component[], name: string | undefined): Component => {
  if (name !== undefined) {
    const found = components.find((c) => c.name === name || c.id === name);
    if (found) return found;
    throw new Fault("not_found", `There is no component "${name}" in the application "${application.name}".`, {
      next: otherNames(
        name,
        components.map((c) => c.name),
        'It has none yet: "pluvia create" makes one.',
      ),
    });
  }
  const [only, ...more] = components;
  if (!only)
    throw new Fault("not_found", `The application "${application.name}" has no component.`, {
      next: '"pluvia create" makes one.',
    });
  if (more.length > 0)
    throw new UsageError(
      `The application "${application.name}" has several components.`,
      `Say which with --name: ${components.map((c) => c.name).join(", ")}.`,
    );
  return only;
};

export interface Selected {
  readonly application: Application;
  readonly component: Component;
}

/** The one component that the command is about. */
export async function selectComponent(context: Context): Promise<Selected> {
  const { app, name, id } = selectionOf(context);
  if (id !== undefined) {
    const component = await context.client.componentView({ params: { component: id as Component["id"] } });
    return { component, application: await context.client.applicationView({ params: { application: component.application } }) };
  }
  if (app === undefined)
    throw new UsageError(
      "Which component?",
      'Name it with --app and --name (or --component app/name), or run "pluvia init" in its folder.',
    );
  const application = await applicationNamed(context, app);
  return { application, component: oneOf(application, await componentsOf(context, application.id), name) };
}
