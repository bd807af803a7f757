import middy from "@middy/core";
import type { ScheduledEvent } from "aws-lambda";
import { faultOf } from "../../shared/base/fault.ts";
import { type Deps, deps } from "./deps.ts";
import { observed } from "./observed.ts";

/** `call` must be right to run at any time, twice, or late: a schedule fires at least once. */
export const schedule = (name: string, call: (deps: Deps) => Promise<unknown>) =>
  middy<ScheduledEvent, void>().handler(async () => {
    await observed(deps(), { kind: "schedule", name }, async (all) => {
      try {
        const result = await call(all);
        all.log.debug({ result }, "schedule ran");
      } catch (error) {
        const fault = faultOf(error);
        all.log.error({ code: fault.code, detail: fault.detail, error: fault.cause ?? error }, "schedule failed");
        throw error;
      }
    });
  });
