import { type Joining, credential } from "../../edge-agents/runtime/credential.ts";
import { memoryDurableText } from "../../shared/adapters/memory/durable-text.ts";
import { Fault } from "../../shared/base/fault.ts";
import { AgentRegistered } from "../../shared/contract/agent.ts";

const agentOf = (token: string): string => `agt_${token.padStart(16, "0")}`;

/** A platform that takes each token from one key, as the real one does, and answers that key again and again. */
function platform() {
  const used = new Map<string, string>();
  const register: Joining["registrar"]["register"] = async ({ token, publicKey }) => {
    const by = used.get(token) ?? publicKey.x;
    if (by !== publicKey.x || token.startsWith("dead")) throw new Fault("unauthenticated", "This token is dead.");
    used.set(token, by);
    return AgentRegistered.parse({
      agent: agentOf(token),
      dataCenter: "dc_0000000000000001",
      cloudKey: { kty: "OKP", crv: "Ed25519", x: "k" },
    });
  };
  return { used, register };
}
const joining = (register: Joining["registrar"]["register"], token: string | undefined): Joining => ({
  registrar: { register },
  token,
  again: "with-a-new-token",
  kind: "kubernetes",
});

test("replicas that start at once join as one agent with one key", async () => {
  const { register, used } = platform();
  const text = memoryDurableText();
  const all = await Promise.all([1, 2, 3].map(() => credential(text, joining(register, "first"))));
  expect(new Set(all.map((one) => one.agent))).toEqual(new Set([agentOf("first")]));
  expect(new Set(used.values()).size).toBe(1);
});

test("a crash between the token's use and its answer repeats with the same key", async () => {
  const { register } = platform();
  const text = memoryDurableText();
  const lost: typeof register = async (body) => {
    await register(body);
    throw new Fault("unavailable", "The answer was lost.");
  };
  await expect(credential(text, joining(lost, "first"))).rejects.toMatchObject({ code: "unavailable" });
  expect((await credential(text, joining(register, "first"))).agent).toBe(agentOf("first"));
});

test("a new token joins anew; one that is dead leaves what was held; none is needed any more", async () => {
  const { register } = platform();
  const text = memoryDurableText();
  await credential(text, joining(register, "first"));
  expect((await credential(text, joining(register, "second"))).agent).toBe(agentOf("second"));
  expect((await credential(text, joining(register, "dead one"))).agent).toBe(agentOf("second"));
  expect((await credential(text, joining(register, undefined))).agent).toBe(agentOf("second"));
});

test("without a registration and a token there is nothing to join with", async () => {
  const { register } = platform();
  await expect(credential(memoryDurableText(), joining(register, undefined))).rejects.toMatchObject({ code: "unauthenticated" });
});
