import type { ComponentId } from "../../../shared/contract/id.ts";
import type { OperationName } from "../../../shared/contract/operations.ts";
import type { Got } from "../../support/api.ts";
import type { Request } from "./request.ts";
import type { World } from "./world.ts";

type Asks = Request["asks"];
/** What people ask for, as often as it stands here. */
const wishes: readonly Asks[] = [
  ..."deploy deploy deploy scale scale restart restart configure rollback rollback stop start start cancel".split(" "),
] as Asks[];
const operationOf: Readonly<Record<Asks, OperationName>> = {
  deploy: "componentDeploy",
  scale: "componentScale",
  restart: "componentRestart",
  configure: "componentConfigure",
  rollback: "componentRollback",
  stop: "componentStop",
  start: "componentStart",
  remove: "componentRemove",
  cancel: "operationCancel",
};

/** So many requests, some at once; whoever gets no answer asks again with the same key. */
export async function people(world: World, requests: number): Promise<void> {
  const { fate, clock, from } = world;
  const asked: Promise<void>[] = [];
  for (let at = 0; at < requests; at++) {
    await clock.sleep(fate.happens(0.3) ? fate.below(200) : fate.below(25_000));
    const component = fate.pick(from.components);
    asked.push(ask(world, wishOf(world, component, `request-${at}`)));
  }
  if (fate.happens(0.15)) asked.push(ask(world, { ...wishOf(world, fate.pick(from.components), "last"), asks: "remove" }));
  await Promise.all(asked);
}

function wishOf(world: World, component: ComponentId, name: string): Request {
  const { fate, history, clock } = world;
  const request = { name, asks: fate.pick(wishes), component, sentAt: clock.now().getTime() };
  if (request.asks === "scale") return { ...request, replicas: 1 + fate.below(3) };
  if (request.asks !== "rollback") return request;
  return { ...request, release: fate.pick(history.releasesOf(component))?.id ?? "rel_0000000000000000" };
}

async function ask(world: World, request: Request): Promise<void> {
  const { fate, clock, from, history } = world;
  history.requests.push(request);
  const { asks, component, replicas, release } = request;
  const params: Record<string, string> =
    asks === "cancel" ? { operation: history.components.get(component)?.newest?.id ?? "op_0000000000000000" } : { component };
  const body = asks === "scale" ? { replicas } : asks === "rollback" ? { release } : asks === "deploy" ? {} : undefined;
  const how = { as: from.token, team: from.tenant, params, body, headers: { "idempotency-key": request.name } };
  for (let attempt = 0; attempt < 10; attempt++) {
    const askedAt = clock.now().getTime();
    const got = await fate
      .asking(() => world.invoke({ kind: "request", request }, () => from.api.ask(operationOf[asks], how)))
      .catch(() => undefined);
    if (got && !isToRepeat(got)) {
      const told = got.body as { id?: string; operation?: { id: string } };
      request.answer = { status: got.status, operation: told.operation?.id ?? told.id, askedAt, at: clock.now().getTime() };
      return;
    }
    await clock.sleep(500 + fate.below(5_000));
  }
}

/** Nobody knows what became of it, or two of the same key met. */
const isToRepeat = ({ status, body }: Got<unknown>): boolean =>
  status >= 500 || status === 429 || (body as { error?: { reason?: string } }).error?.reason === "repeat.late";
