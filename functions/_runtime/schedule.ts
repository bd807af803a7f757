import middy from "@middy/core";
import type { ScheduledEvent } from "aws-lambda";
import { Fault, faultOf } from "../../shared/base/fault.ts";
import type { Swept } from "../../shared/control/sweep-rows.ts";
import { type Deps, deps } from "./deps.ts";
import { observed } from "./observed.ts";

/** `call` must be right to run at any time, twice, or late: a schedule fires at least once. Where a part of it failed, it has failed, after the rest. */
export const schedule = (name: string, call: (deps: Deps) => Promise<readonly Swept[]>) =>
  middy<ScheduledEvent, void>().handler(async () => {
    await observed(deps(), { kind: "schedule", name }, async (all) => {
      try {
        const swept = await call(all);
        const failed = swept.reduce((sum, each) => sum + each.failed, 0);
        if (failed > 0) throw new Fault("internal", "Parts of a sweep failed.", { detail: { failed } });
        all.log.debug({ swept }, "schedule ran");
      } catch (error) {
        const fault = faultOf(error);
        all.log.error({ code: fault.code, detail: fault.detail, error: fault.cause ?? error }, "schedule failed");
        throw error;
      }
    });
  });
