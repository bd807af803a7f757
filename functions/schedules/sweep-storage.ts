import { sweepStorage } from "../../shared/control/sweep-storage.ts";
import { schedule } from "../_runtime/schedule.ts";

export const handler = schedule("sweepStorage", async (deps) => [await sweepStorage(deps)]);
