import { sweepOutbox } from "../../shared/control/change.ts";
import { schedule } from "../_runtime/schedule.ts";

/** Younger rows are likely being sent by the request that wrote them; its longest run is 29 s. */
const olderThanMs = 30_000;

export const handler = schedule("sweepOutbox", async (deps) => [await sweepOutbox(deps, olderThanMs)]);
