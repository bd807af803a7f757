import { Fault } from "../base/fault.ts";

/** The platform tells every instance where to listen and what it is; a person's own value would lead traffic astray, so it would not be used. */
export const isReservedVariable = (name: string): boolean =>
  /^(PORT|PORT_[0-9]+|PLUVIA_(APPLICATION|COMPONENT|RELEASE|INSTANCE))$/.test(name);

/** @throws Fault `invalid`, with each name at its path. */
export function assertUnreserved(names: readonly { readonly name: string; readonly path: string }[]): void {
  const fields = names
    .filter(({ name }) => isReservedVariable(name))
    .map(({ name, path }) => ({
      path,
      message: `The platform itself sets ${name}. Leave it out.`,
      rule: "variable.reserved",
      params: { name },
    }));
  if (fields.length > 0)
    throw new Fault("invalid", fields.map((f) => f.message).join(" "), {
      next: "To listen elsewhere, change the component's port: PORT follows it. The other names tell the program what it is.",
      reason: "variables.reserved",
      fields,
    });
}
