import type { Repositories } from "../../ports/repositories.ts";

/** Remembers which repositories there are; nothing can be pushed. */
export function memoryRepositories(): Repositories & { readonly made: ReadonlySet<string> } {
  const made = new Set<string>();
  return {
    made,
    ensure: async (tenant, component) => {
      made.add(`${tenant}/${component}`);
    },
    url: (tenant, component) => `memory:${tenant}/${component}`,
    publicUrl: ({ application, component }) => `http://localhost:7070/git/${application}/${component}.git`,
    remove: async (tenant, component) => {
      made.delete(`${tenant}/${component}`);
    },
  };
}
