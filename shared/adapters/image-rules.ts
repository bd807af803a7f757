import { Fault } from "../base/fault.ts";

/** The distribution spec's form of a name's part; it also becomes a folder. */
const part = /^[a-z0-9]+([._-][a-z0-9]+)*$/;

/** `<tenant>/<name>`. @throws Fault `internal` for what only a bug can ask. */
export function repositoryOf(tenant: string, name: string): string {
  if (part.test(tenant) && part.test(name)) return `${tenant}/${name}`;
  throw new Fault("internal", "Something went wrong on our side.", { detail: { bug: "not an image repository", tenant, name } });
}

/** The name within the tenant. @throws Fault `not_found` for another tenant's repository. */
export function imageName(tenant: string, repository: string): string {
  const name = repository.startsWith(`${tenant}/`) ? repository.slice(tenant.length + 1) : "";
  if (part.test(name)) return name;
  throw new Fault("not_found", `There is no image repository ${repository} in this team.`, { next: "Check its name." });
}
