import { text } from "node:stream/consumers";
import { BuildOrder } from "../../shared/contract/agent.ts";
import { getJson } from "./http.ts";

/**
 * From standard input; or, where a program gets none, from PLUVIA_ORDER_URL by the build's own token. undefined: a spare builder that is not needed.
 * @throws when there is an order that cannot be had or is none.
 */
export async function takeOrder(env: NodeJS.ProcessEnv): Promise<BuildOrder | undefined> {
  const { PLUVIA_ORDER_URL: url, PLUVIA_BUILD_TOKEN: token = "" } = env;
  if (url === undefined) {
    const given = await text(process.stdin);
    return given === "" ? undefined : BuildOrder.parse(JSON.parse(given));
  }
  const answer = await getJson(new URL(url), token);
  if (answer.status !== 200) throw new Error(`the platform answered ${answer.status} when asked for the order: ${answer.body}`);
  const order = BuildOrder.parse(JSON.parse(answer.body));
  // Of the cluster that we are in: it knows its own networks.
  const reach = (env.PLUVIA_BUILD_REACH ?? "").split(",").filter((cidr) => cidr !== "");
  return { ...order, privateHostsAllowed: [...order.privateHostsAllowed, ...reach] };
}
