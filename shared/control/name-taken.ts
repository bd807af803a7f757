import { Fault, isFault } from "../base/fault.ts";

/** Turns the lost write of a name's row into the words a person needs; anything else stays what it is. */
export const nameTaken =
  (kind: "application" | "component", name: string) =>
  (error: unknown): never => {
    const keys = isFault(error, "conflict") ? JSON.stringify(error.detail.keys ?? []) : "";
    if (!keys.includes(`${kind}-name#`)) throw error;
    throw new Fault("conflict", `There is ${kind === "application" ? "an application" : "a component"} named ${name} already.`, {
      next: "Choose another name.",
      reason: `${kind}.name-taken`,
      params: { name },
      fields: [{ path: "name", message: "taken", rule: "taken" }],
    });
  };
