import { readFileSync, renameSync, writeFileSync } from "node:fs";
import * as z from "zod";
import { Fault } from "../../shared/base/fault.ts";

const Kept = z.object({ version: z.literal(1), ports: z.record(z.string(), z.int()) });

/** Ports given away for good: a name gets the same one after every restart. */
export interface Allocation {
  /** The port of `name`, kept on disk before this returns. @throws Fault `exhausted`. */
  portFor(name: string): number;
  /** Another port for `name`: something else listens on the one it has. */
  move(name: string): number;
  names(): readonly string[];
}

function read(file: string): Map<string, number> {
  try {
    return new Map(Object.entries(Kept.parse(JSON.parse(readFileSync(file, "utf8"))).ports));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return new Map();
    throw new Fault("internal", `The file of allocated ports ${file} cannot be read.`, {
      next: "Remove it to allocate ports anew: addresses of TCP ports change by that.",
      cause: error,
    });
  }
}

/**
 * `inUse` says whether a name's port is still wanted. Names are forgotten only when the pool is used up, longest unwanted first: a
 * component that comes back finds its port again.
 */
export function portAllocation(options: {
  file: string;
  from: number;
  to: number;
  inUse: (name: string) => boolean;
}): Allocation {
  const { file, from, to, inUse } = options;
  const ports = read(file);

  const keep = () => {
    writeFileSync(`${file}.new`, JSON.stringify({ version: 1, ports: Object.fromEntries(ports) }), { flush: true, mode: 0o600 });
    renameSync(`${file}.new`, file);
  };
  /** The next one after `after`, round and round: what was found in use is not offered again at once. */
  const free = (after: number): number | undefined => {
    const taken = new Set(ports.values());
    const size = to - from + 1;
    for (let step = 1; step <= size; step++) {
      const port = from + ((after - from + step) % size);
      if (!taken.has(port)) return port;
    }
    return undefined;
  };
  const reclaimed = (): number | undefined => {
    for (const [name, port] of ports) {
      if (inUse(name)) continue;
      ports.delete(name);
      return port;
    }
    return undefined;
  };
  const give = (name: string, after = from - 1): number => {
    const port = free(after) ?? reclaimed();
    if (port === undefined)
      throw new Fault("exhausted", `All ports from ${from} to ${to} are in use.`, {
        next: "Remove components with TCP ports that nobody needs, or give the gateway a larger range.",
      });
    ports.delete(name);
    ports.set(name, port);
    keep();
    return port;
  };

  return {
    portFor: (name) => ports.get(name) ?? give(name),
    move: (name) => give(name, ports.get(name)),
    names: () => [...ports.keys()],
  };
}
