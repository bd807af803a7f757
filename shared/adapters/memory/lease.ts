import type { Clock } from "../../ports/clock.ts";
import type { Lease } from "../../ports/lease.ts";

export function memoryLease({ clock }: { clock: Clock }): Lease {
  const leases = new Map<string, { owner: string; token: number; until: number }>();
  const now = () => clock.now().getTime();
  const live = (name: string) => {
    const found = leases.get(name);
    return found && found.until > now() ? found : undefined;
  };
  return {
    acquire: async (name, owner, ttlMs) => {
      const held = live(name);
      if (held && held.owner !== owner) return undefined;
      const token = held?.token ?? (leases.get(name)?.token ?? 0) + 1;
      leases.set(name, { owner, token, until: now() + ttlMs });
      return token;
    },
    release: async (name, owner) => {
      const held = leases.get(name);
      if (held?.owner === owner) leases.set(name, { ...held, until: 0 });
    },
    holder: async (name) => {
      const held = live(name);
      return held && { owner: held.owner, token: held.token };
    },
  };
}
