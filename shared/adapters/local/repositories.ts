import { randomBytes } from "node:crypto";
import { access, mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Fault } from "../../base/fault.ts";
import { ComponentId, TenantId } from "../../contract/id.ts";
import type { Repositories } from "../../ports/repositories.ts";
import { git } from "./git.ts";

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** Bare repositories under `<root>/<tenant>/<component>.git`. `publicBase` is where people reach the platform, e.g. http://localhost:7070. */
export function localRepositories(
  root: string,
  publicBase: string,
): Repositories & { directory(tenant: TenantId, component: ComponentId): string } {
  /** Ids are parsed again here because they become a path. */
  const directory = (tenant: TenantId, component: ComponentId): string =>
    join(root, TenantId.parse(tenant), `${ComponentId.parse(component)}.git`);

  const create = async (path: string): Promise<void> => {
    const fresh = `${path}.${randomBytes(6).toString("hex")}.new`;
    await mkdir(fresh, { recursive: true, mode: 0o700 });
    await git(["init", "--quiet", "--bare", "--template=", "--initial-branch=main", fresh]);
    try {
      await rename(fresh, path);
    } catch (error) {
      await rm(fresh, { recursive: true, force: true });
      if (!(await exists(path))) throw error;
    }
  };

  return {
    directory,
    async ensure(tenant, component) {
      const path = directory(tenant, component);
      if (await exists(path)) return;
      try {
        await create(path);
      } catch (cause) {
        throw new Fault("unavailable", "The component's git repository could not be made.", {
          next: "Check that git is installed where the platform runs and that its disk is not full.",
          cause,
        });
      }
    },
    url: (tenant, component) => pathToFileURL(directory(tenant, component)).href,
    publicUrl: ({ application, component }) => `${publicBase.replace(/\/+$/, "")}/git/${application}/${component}.git`,
    remove: (tenant, component) => rm(directory(tenant, component), { recursive: true, force: true }),
  };
}
