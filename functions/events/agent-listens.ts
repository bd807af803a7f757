import middy from "@middy/core";
import type { Context } from "aws-lambda";
import * as z from "zod";
import { faultOf } from "../../shared/base/fault.ts";
import { brokerSessionSeconds, placeOfAgent } from "../../shared/domain/agent-place.ts";
import { agentOf } from "../_runtime/caller.ts";
import { type Deps, deps } from "../_runtime/deps.ts";
import { observed } from "../_runtime/observed.ts";

/** Of AWS IoT Core's custom authentication: what a client says of itself in CONNECT. The password is base64. */
const Asked = z.looseObject({
  protocolData: z.looseObject({ mqtt: z.looseObject({ clientId: z.string(), password: z.string() }) }),
});

/** The broker asks who may listen: an agent, by its own token, as itself; it may receive what is sent to it and nothing else. */
export const handler = middy<unknown, object>().handler((asked: unknown, { invokedFunctionArn }: Context) =>
  observed(deps(), { kind: "event", name: "agentListens" }, async (all, known) => {
    try {
      return await admitted(all, Asked.parse(asked).protocolData.mqtt, invokedFunctionArn);
    } catch (error) {
      const fault = faultOf(error);
      known.failure = fault.code;
      if (fault.code === "internal") all.log.error({ error: fault.cause ?? error }, fault.message);
      else all.log.debug({ code: fault.code, detail: fault.detail }, fault.message);
      return { isAuthenticated: false };
    }
  }),
);

async function admitted(all: Deps, { clientId, password }: { clientId: string; password: string }, own: string): Promise<object> {
  const token = Buffer.from(password, "base64").toString();
  const { id } = await agentOf(all, { headers: { authorization: `Bearer ${token}` } });
  const place = placeOfAgent(all.settings.broker, id);
  if (place.kind !== "broker" || place.client !== clientId) return { isAuthenticated: false };
  const [, partition, , region, account] = own.split(":");
  const resource = (kind: string) => `arn:${partition}:iot:${region}:${account}:${kind}/${clientId}`;
  const Statement = [
    { Effect: "Allow", Action: "iot:Connect", Resource: resource("client") },
    { Effect: "Allow", Action: "iot:Receive", Resource: resource("topic") },
  ];
  return {
    isAuthenticated: true,
    // Letters and digits only.
    principalId: id.replace("_", ""),
    // Its token is good for a minute: whoever is asked again with it has to connect anew, which it does after a day.
    disconnectAfterInSeconds: brokerSessionSeconds,
    refreshAfterInSeconds: brokerSessionSeconds,
    policyDocuments: [{ Version: "2012-10-17", Statement }],
  };
}
