import { Fault, isFault } from "../base/fault.ts";

const articles = { application: "an application", component: "a component", "data-center": "a data center" } as const;

/** Turns the lost write of a name's row into the words a person needs; anything else stays what it is. */
export const nameTaken =
  (kind: keyof typeof articles, name: string) =>
  (error: unknown): never => {
    const keys = isFault(error, "conflict") ? JSON.stringify(error.detail.keys ?? []) : "";
    if (!keys.includes(`${kind}-name#`)) throw error;
    throw new Fault("conflict", `There is ${articles[kind]} named ${name} already.`, {
      next: "Choose another name.",
      reason: `${kind}.name-taken`,
      params: { name },
      fields: [{ path: "name", message: "It is taken.", rule: "taken" }],
    });
  };
