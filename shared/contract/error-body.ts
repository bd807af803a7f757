import * as z from "zod";
import { OperationId, Params } from "./id.ts";

/** The body of every answer that is not a success. */
export const ErrorBody = z
  .object({
    error: z.object({
      code: z.string(),
      /** A stable word for what exactly was refused, e.g. `name.taken`; not every refusal has one. */
      reason: z.string().optional(),
      params: Params.optional(),
      /** What happened and why. */
      message: z.string(),
      /** What to do next. */
      next: z.string(),
      fields: z.array(
        z.object({ path: z.string(), message: z.string(), rule: z.string().optional(), params: Params.optional() }),
      ),
      /** Find it in the logs by this. */
      request: z.string(),
      operation: OperationId.nullable(),
    }),
  })
  .meta({ id: "Error" });
export type ErrorBody = z.infer<typeof ErrorBody>;
