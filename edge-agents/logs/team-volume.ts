import type { ObservedWorkload } from "../../shared/ports/cluster.ts";

const dayMs = 24 * 3_600_000;
const bytesOfMib = 1_024 * 1_024;

interface Volume {
  /** undefined: the platform says none. */
  limitMib: number | undefined;
  day: number;
  bytes: number;
}

/** What the components of each team have logged in a day (of UTC) here, and may. It is not kept: a process that starts counts anew. */
export interface TeamVolumes {
  /** Whose the components are, and the newest that was said of each team. */
  know(observed: readonly Pick<ObservedWorkload, "component" | "workload">[]): void;
  /** Whether so much more would be more than its team may log today. */
  exceeded(component: string, bytes: number, now: number): boolean;
  count(component: string, bytes: number, now: number): void;
}

export function teamVolumes(): TeamVolumes {
  const teams = new Map<string, Volume>();
  const teamOf = new Map<string, string>();
  const today = (component: string, now: number): Volume | undefined => {
    const volume = teams.get(teamOf.get(component) ?? "");
    const day = Math.floor(now / dayMs);
    return volume?.day === day ? volume : volume && Object.assign(volume, { day, bytes: 0 });
  };
  return {
    know(observed) {
      const newest = new Map<string, ObservedWorkload["workload"]["limits"]>();
      teamOf.clear();
      for (const { component, workload } of observed) {
        teamOf.set(component, workload.tenant);
        const known = newest.get(workload.tenant);
        if (!known || (workload.limits?.generation ?? -1) > known.generation) newest.set(workload.tenant, workload.limits);
      }
      for (const team of teams.keys()) if (!newest.has(team)) teams.delete(team);
      for (const [team, limits] of newest) {
        const volume = teams.get(team) ?? { limitMib: undefined, day: 0, bytes: 0 };
        teams.set(team, Object.assign(volume, { limitMib: limits?.logMibPerDay }));
      }
    },
    exceeded(component, bytes, now) {
      const volume = today(component, now);
      return volume?.limitMib !== undefined && volume.bytes + bytes > volume.limitMib * bytesOfMib;
    },
    count(component, bytes, now) {
      const volume = today(component, now);
      if (volume) volume.bytes += bytes;
    },
  };
}
