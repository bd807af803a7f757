import * as z from "zod";
import { ApplicationId, ComponentId } from "../id.ts";

export const none = z.object({});
export const noBody = z.undefined();
export const application = z.object({ application: ApplicationId });
export const component = z.object({ component: ComponentId });
/** A PUT to make with exactly these headers. */
export const WriteRequest = { url: z.string(), headers: z.record(z.string(), z.string()) };
