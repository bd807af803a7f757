import type { Ids } from "../../ports/ids.ts";

const radix = 36;
const digits = 8;
const span = radix ** digits;

/** 36^8 is 2.8 × 10^12: the time lasts until 2059. Web Crypto alone, as loading node:crypto would cost each start of a function 5 ms. */
export function systemIds(now: () => number = Date.now): Ids {
  let last = { time: 0, random: 0 };
  const step = (): typeof last => {
    const time = now();
    if (time > last.time) return { time, random: randomBelow(span - 1_000_000) };
    // Within one ms, or after the clock went back: count on from the last one, so that ids keep their order.
    return last.random + 1 < span ? { time: last.time, random: last.random + 1 } : { time: last.time + 1, random: 0 };
  };
  return {
    next: (prefix) => {
      last = step();
      return `${prefix}_${pad(last.time)}${pad(last.random)}`;
    },
    secret: () => Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url"),
  };
}

export const pad = (value: number): string => value.toString(radix).padStart(digits, "0");

/** Of 53 random bits, so of any limit that an integer can count to. */
function randomBelow(limit: number): number {
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
  return Math.floor(((high * 2 ** 21 + (low >>> 11)) / 2 ** 53) * limit);
}
