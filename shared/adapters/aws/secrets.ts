import { DecryptCommand, GenerateDataKeyCommand, KMSClient, KMSServiceException } from "@aws-sdk/client-kms";
import type { Clock } from "../../ports/clock.ts";
import type { Secrets } from "../../ports/secrets.ts";
import { decrypt, encrypt, unreadable } from "../tenant-cipher.ts";
import { type AwsSettings, clientConfig } from "./client.ts";

export interface AwsSecretsOptions {
  readonly aws: AwsSettings;
  /** Id or ARN of infra/aws/key.yml's key. KMS rotates it by itself; what older ones wrapped still opens. */
  readonly keyId: string;
  readonly clock: Clock;
}

const version = "k1";
/** A data key is used for this long and this many tenants' are kept: each costs a request to KMS. */
const keptMs = 5 * 60_000;
const keptMax = 1_000;

/** What KMS answers for what it did not wrap, or not for this tenant. */
const refusals = ["InvalidCiphertextException", "IncorrectKeyException", "ValidationException", "NotFoundException"];

/** Envelope encryption: a value carries the data key that encrypts it, wrapped by KMS for its tenant alone (encryption context). */
export function awsSecrets({ aws, keyId: KeyId, clock }: AwsSecretsOptions): Secrets {
  const client = new KMSClient(clientConfig(aws));
  const kept = keptFor(clock);
  const contextOf = (tenant: string) => ({ EncryptionContext: { tenant } });

  const newKey = async (tenant: string): Promise<DataKey> => {
    const made = await client.send(new GenerateDataKeyCommand({ KeyId, KeySpec: "AES_256", ...contextOf(tenant) }));
    return keyOf(made.Plaintext, made.CiphertextBlob);
  };
  const unwrap = async (tenant: string, wrapped: string): Promise<DataKey> => {
    const CiphertextBlob = Buffer.from(wrapped, "base64url");
    const opened = await client
      .send(new DecryptCommand({ KeyId, CiphertextBlob, ...contextOf(tenant) }))
      .catch((error: unknown) => {
        throw error instanceof KMSServiceException && refusals.includes(error.name) ? unreadable(error.name, error) : error;
      });
    return keyOf(opened.Plaintext, CiphertextBlob);
  };

  return {
    seal: async (tenant, plain) => {
      const { key, wrapped } = await kept(`seal ${tenant}`, () => newKey(tenant));
      return `${version}.${wrapped}.${encrypt({ key, tenant, plain })}`;
    },
    open: async (tenant, sealed) => {
      const [found, wrapped, text] = sealed.split(".");
      if (found !== version || !wrapped || !text) throw unreadable("not sealed by us");
      const { key } = await kept(`open ${tenant} ${wrapped}`, () => unwrap(tenant, wrapped));
      return decrypt({ key, tenant, sealed: text });
    },
  };
}

interface DataKey {
  readonly key: Buffer;
  readonly wrapped: string;
}
function keyOf(plain: Uint8Array | undefined, wrapped: Uint8Array | undefined): DataKey {
  if (!plain || !wrapped) throw unreadable("KMS answered no key");
  return { key: Buffer.from(plain), wrapped: Buffer.from(wrapped).toString("base64url") };
}

/** What is asked for again within its time is answered from memory; the oldest goes when there are too many. A failure is not kept. */
function keptFor(clock: Clock) {
  const known = new Map<string, { readonly until: number; readonly key: Promise<DataKey> }>();
  return (name: string, make: () => Promise<DataKey>): Promise<DataKey> => {
    const now = clock.now().getTime();
    const earlier = known.get(name);
    if (earlier && earlier.until > now) return earlier.key;
    const key = make();
    known.delete(name);
    known.set(name, { until: now + keptMs, key });
    const [oldest] = known.keys();
    if (known.size > keptMax && oldest !== undefined) known.delete(oldest);
    key.catch(() => known.delete(name));
    return key;
  };
}
