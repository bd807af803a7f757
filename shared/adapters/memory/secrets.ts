import { Fault } from "../../base/fault.ts";
import type { Secrets } from "../../ports/secrets.ts";

/** Reversible by anyone; bound to its tenant. */
export const memorySecrets = (): Secrets => ({
  seal: async (tenant, plain) => `memory.${tenant}.${Buffer.from(plain).toString("base64url")}`,
  open: async (tenant, sealed) => {
    const [kind, owner, text] = sealed.split(".");
    if (kind !== "memory" || owner !== tenant || text === undefined)
      throw new Fault("internal", "A secret value could not be read.");
    return Buffer.from(text, "base64url").toString();
  },
});
