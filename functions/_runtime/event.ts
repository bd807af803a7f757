import middy from "@middy/core";
import type { EventBridgeEvent } from "aws-lambda";
import { faultOf } from "../../shared/base/fault.ts";
import { type Deps, deps } from "./deps.ts";
import { observed } from "./observed.ts";

/** What happened elsewhere, told by EventBridge: late, twice or not at all, so a schedule does the same. A thrown fault makes it be told again. */
export const event = <Detail>(name: string, call: (deps: Deps, detail: Detail) => Promise<void>) =>
  told<EventBridgeEvent<string, Detail>>(name, (all, { detail }) => call(all, detail));

/** The same, told by something else in its own form. */
export const told = <Told>(name: string, call: (deps: Deps, told: Told) => Promise<void>) =>
  middy<Told, void>().handler(async (news: Told) => {
    await observed(deps(), { kind: "event", name }, async (all) => {
      try {
        await call(all, news);
      } catch (error) {
        const fault = faultOf(error);
        all.log.error({ code: fault.code, detail: fault.detail, error: fault.cause ?? error }, "an event was not handled");
        throw error;
      }
    });
  });
