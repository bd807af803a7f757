import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { Fault } from "../../base/fault.ts";
import type { Secrets } from "../../ports/secrets.ts";
import { keyFile } from "./key-file.ts";

const version = "s1";
const nonceBytes = 12;
const tagBytes = 16;

/**
 * The key file has one `<key id> <32 bytes, base64url>` a line. The first seals, all open: to rotate, put a new line on top.
 * Each tenant has a key of its own, derived from the master key; its id is also authenticated with every value.
 */
export function localSecrets({ path }: { path: string }): Secrets {
  const keys = parse(keyFile(path, () => `k1 ${randomBytes(32).toString("base64url")}`));
  const [current] = keys.keys();
  return {
    seal: async (tenant, plain) => {
      const id = current ?? failed("no key");
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv("aes-256-gcm", tenantKey(keys.get(id) ?? failed(id), tenant), nonce).setAAD(
        Buffer.from(tenant),
      );
      const sealed = Buffer.concat([nonce, cipher.update(plain, "utf8"), cipher.final(), cipher.getAuthTag()]);
      return `${version}.${id}.${sealed.toString("base64url")}`;
    },
    open: async (tenant, sealed) => {
      const [found, id, text] = sealed.split(".");
      const key = found === version && id !== undefined ? keys.get(id) : undefined;
      if (!key || !text) return failed("not sealed with a key we know");
      return decrypt({ key: tenantKey(key, tenant), tenant, sealed: Buffer.from(text, "base64url") });
    },
  };
}

function decrypt({ key, tenant, sealed }: { key: Buffer; tenant: string; sealed: Buffer }): string {
  if (sealed.length < nonceBytes + tagBytes) return failed("too short");
  const end = sealed.length - tagBytes;
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, nonceBytes))
    .setAAD(Buffer.from(tenant))
    .setAuthTag(sealed.subarray(end));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(nonceBytes, end)), decipher.final()]).toString("utf8");
  } catch (error) {
    return failed("not authentic", error);
  }
}

const tenantKey = (master: Buffer, tenant: string): Buffer =>
  Buffer.from(hkdfSync("sha256", master, Buffer.alloc(0), `pluvia secrets ${tenant}`, 32));

function parse(text: string): Map<string, Buffer> {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return new Map(lines.map(keyOf));
}

function keyOf(line: string): [string, Buffer] {
  const [id, text] = line.trim().split(/\s+/);
  const key = Buffer.from(text ?? "", "base64url");
  if (!id || !/^[a-z0-9]{1,16}$/.test(id) || key.length !== 32)
    return failed("a line of the key file is not `<id> <32 bytes, base64url>`");
  return [id, key];
}

function failed(reason: string, cause?: unknown): never {
  throw new Fault("internal", "A secret value could not be read.", {
    next: "Set it again; if this happens to every value, restore the platform's key file from a backup.",
    detail: { reason },
    cause,
  });
}
