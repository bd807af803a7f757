import { Fault } from "../base/fault.ts";

/** API Gateway's limit of a frame. */
export const frameBytesMax = 32 * 1024;

/** @throws Fault `too_large`. */
export function checkFrame(frame: string): void {
  if (Buffer.byteLength(frame) > frameBytesMax)
    throw new Fault("too_large", "A frame is over 32 KB.", { next: "Send it in parts." });
}
