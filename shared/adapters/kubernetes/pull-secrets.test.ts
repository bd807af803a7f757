import type { Client } from "./client.ts";
import type { KubernetesObject } from "./object.ts";
import { pullSecretName, pullSecrets } from "./pull-secrets.ts";
import { steppedClock } from "../memory/clock.ts";

const hour = 3_600_000;
const host = "registry.example.org";

/** A cluster that keeps Secrets by their namespace. */
function world() {
  const clock = steppedClock();
  const there = new Map<string, KubernetesObject>();
  const client = {
    get: async ({ metadata: { namespace } }: KubernetesObject) => there.get(namespace ?? "") ?? null,
    apply: async (secret: KubernetesObject) => void there.set(secret.metadata.namespace ?? "", secret),
  } as unknown as Pick<Client, "get" | "apply">;
  const kept = pullSecrets({ client, clock, namespaceOf: (tenant) => tenant, labelsOf: () => ({}) });
  let minted = 0;
  const mint = async () => {
    minted += 1;
    const now = clock.now();
    return {
      username: "u",
      password: `${minted}`,
      pullFrom: host,
      issuedAt: now,
      expiresAt: new Date(now.getTime() + 24 * hour),
    };
  };
  return { clock, there, kept, mint, minted: () => minted };
}

describe("credentials that nodes pull with", () => {
  test("are renewed at half of their life, where there is one, and nowhere else", async () => {
    const { clock, there, kept, mint, minted } = world();
    expect(await kept.ensure("a", host, mint)).toBe(pullSecretName);
    await kept.renew("a", mint);
    await kept.renew("b", mint);
    expect(minted()).toBe(1);
    await clock.advance(13 * hour);
    await kept.renew("a", mint);
    expect([minted(), [...there.keys()]]).toEqual([2, ["a"]]);
  });
  test("are made anew when somebody has removed them: what is pulled by them need not be deployed again", async () => {
    const { there, kept, mint } = world();
    await kept.ensure("a", host, mint);
    there.clear();
    await kept.renew("a", mint);
    expect([...there.keys()]).toEqual(["a"]);
  });
});
