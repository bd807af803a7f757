import { hash, verify } from "@node-rs/argon2";
import type { Passwords } from "../../ports/passwords.ts";

/** Argon2id with 19 MiB, 2 passes, 1 lane. Source: OWASP Password Storage Cheat Sheet. */
const options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export function argonPasswords(): Passwords {
  /** Of a password nobody has: verifying against it takes as long as against a real one. */
  let nobody: Promise<string> | undefined;
  return {
    hash: (password) => hash(password, options),
    verify: async (known, password) => {
      nobody ??= hash(crypto.randomUUID(), options);
      const fits = await verify(known ?? (await nobody), password);
      return known !== undefined && fits;
    },
  };
}
