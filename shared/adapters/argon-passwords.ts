import { argon2, type Argon2Parameters, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import type { Passwords } from "../ports/passwords.ts";

/** Argon2id with 19 MiB, 2 passes, 1 lane. Source: OWASP Password Storage Cheat Sheet. */
const cost = { memory: 19_456, passes: 2, parallelism: 1 };
const saltBytes = 16;
const tagBytes = 32;

const derive = promisify((parameters: Argon2Parameters, done: (error: Error | null, tag: Buffer) => void) =>
  argon2("argon2id", parameters, done),
);

/** `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<tag>`, as every library of Argon2 writes it: a hash tells how it was made. */
export function argonPasswords(): Passwords {
  /** Of a password nobody has: verifying against it takes as long as against a real one. */
  let nobody: Promise<string> | undefined;
  const hash = async (password: string): Promise<string> => {
    const nonce = randomBytes(saltBytes);
    const tag = await derive({ message: password, nonce, tagLength: tagBytes, ...cost });
    return `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${base64(nonce)}$${base64(tag)}`;
  };
  return {
    hash,
    verify: async (known, password) => {
      nobody ??= hash(crypto.randomUUID());
      const { tag, ...how } = parsed(known ?? (await nobody));
      const fits = timingSafeEqual(await derive({ message: password, tagLength: tag.length, ...how }), tag);
      return known !== undefined && fits;
    },
  };
}

/** Without padding. */
const base64 = (bytes: Buffer): string => bytes.toString("base64").replaceAll("=", "");

function parsed(hash: string) {
  const [, memory, passes, parallelism, nonce = "", tag = ""] =
    /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(hash) ?? [];
  if (tag === "") throw new TypeError("a password's hash is not one of argon2id");
  return {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    nonce: Buffer.from(nonce, "base64"),
    tag: Buffer.from(tag, "base64"),
  };
}
