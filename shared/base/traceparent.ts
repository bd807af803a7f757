/** A place in a trace, as W3C's Trace Context writes it between programs: `00-<trace>-<span>-<flags>`. */
export interface TracePlace {
  readonly trace: string;
  readonly span: string;
  /** Whether whoever began the trace wants it kept. */
  readonly isSampled: boolean;
}

const form = /^(?<version>[0-9a-f]{2})-(?<trace>[0-9a-f]{32})-(?<span>[0-9a-f]{16})-(?<flags>[0-9a-f]{2})(?<more>-.*)?$/;
const nothing = /^0+$/;

/** undefined for what is no place: a broken header begins a new trace. Later versions may add parts, the first may not. */
export function placeOf(traceparent: string | undefined): TracePlace | undefined {
  const { version = "ff", trace = "", span = "", flags = "", more } = form.exec(traceparent ?? "")?.groups ?? {};
  if (version === "ff" || (version === "00" && more !== undefined) || nothing.test(trace) || nothing.test(span)) return undefined;
  return { trace, span, isSampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

export const traceparentOf = ({ trace, span, isSampled }: TracePlace): string => `00-${trace}-${span}-${isSampled ? "01" : "00"}`;
