import { hkdfSync, randomBytes } from "node:crypto";
import type { Secrets } from "../../ports/secrets.ts";
import { decrypt, encrypt, unreadable } from "../tenant-cipher.ts";
import { keyFile } from "./key-file.ts";

const version = "s1";

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
      return `${version}.${id}.${encrypt({ key: tenantKey(keys.get(id) ?? failed(id), tenant), tenant, plain })}`;
    },
    open: async (tenant, sealed) => {
      const [found, id, text] = sealed.split(".");
      const key = found === version && id !== undefined ? keys.get(id) : undefined;
      if (!key || !text) return failed("not sealed with a key we know");
      return decrypt({ key: tenantKey(key, tenant), tenant, sealed: text });
    },
  };
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

function failed(reason: string): never {
  throw unreadable(reason);
}
