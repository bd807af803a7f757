/** Git's framing: four hexadecimal digits of length, themselves included, then the data; `0000` is a flush. See gitprotocol-common(5). */
export const flush = "0000";
export const pktLine = (data: Buffer | string): Buffer => {
  const bytes = typeof data === "string" ? Buffer.from(data) : data;
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, "0")), bytes]);
};

/** Text for the pusher's terminal; git shows it as `remote: …`. Bands are of at most 1,000 bytes where the client did not ask for 64 KiB. */
export const progressLine = (text: string): Buffer =>
  pktLine(Buffer.concat([Buffer.from([2]), Buffer.from(`${text}\n`).subarray(0, 990)]));
/** Says nothing, but keeps the connection from looking dead. */
export const keepAlive = pktLine(Buffer.from([1]));

export interface RefUpdate {
  readonly from: string;
  readonly to: string;
  readonly ref: string;
}
export interface PushRequest {
  readonly updates: readonly RefUpdate[];
  readonly capabilities: readonly string[];
}

/** More commands than this are read by git alone; we then learn nothing of them. */
const commandsBytesMax = 256 * 1_024;
const commandPattern = /^([0-9a-f]{40,64}) ([0-9a-f]{40,64}) ([^\0\n]+)/;

type Parsed = { readonly done: false } | { readonly done: true; readonly lines: readonly string[] };
function linesOf(bytes: Buffer): Parsed {
  const lines: string[] = [];
  for (let at = 0; at + 4 <= bytes.length; ) {
    const length = Number.parseInt(bytes.toString("latin1", at, at + 4), 16);
    if (length === 0) return { done: true, lines };
    if (!(length >= 4)) return { done: true, lines: [] };
    if (at + length > bytes.length) return { done: false };
    lines.push(bytes.toString("utf8", at + 4, at + length));
    at += length;
  }
  return { done: false };
}

const requestOf = (lines: readonly string[]): PushRequest => {
  const updates = lines
    .map((line) => commandPattern.exec(line))
    .flatMap((m) => (m?.[1] && m[2] && m[3] ? [{ from: m[1], to: m[2], ref: m[3] }] : []));
  const capabilities = (lines[0]?.split("\0")[1] ?? "").trim().split(" ");
  return { updates, capabilities };
};

/** Reads along what a client asks receive-pack to do, from the start of its request, without holding it up. */
export function readPushRequest(): { see(chunk: Buffer): void; request(): PushRequest } {
  let seen: Buffer = Buffer.alloc(0);
  let found: PushRequest | undefined;
  return {
    see(chunk) {
      if (found || seen.length > commandsBytesMax) return;
      seen = Buffer.concat([seen, chunk]);
      const parsed = linesOf(seen);
      if (parsed.done) found = requestOf(parsed.lines);
    },
    request: () => found ?? { updates: [], capabilities: [] },
  };
}

export const speaksSideBand = ({ capabilities }: PushRequest): boolean => capabilities.includes("side-band-64k");
