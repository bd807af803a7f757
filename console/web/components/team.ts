import { useParams } from "react-router";
import type { Role, Session } from "../../../shared/contract/identity.ts";
import { identity } from "../api/client.ts";
import { useSession } from "../api/session.ts";

const key = "pluvia.team";
export const lastTeam = (): string | null => window.localStorage.getItem(key);
export const rememberTeam = (team: string): void => window.localStorage.setItem(key, team);

export type Team = Session["teams"][number];

/** The team of the URL; pages that have none in it show the last one. null: this person is in no such team. */
export function useTeamOrNull(): Team | null {
  const { team } = useParams();
  const session = useSession().data;
  const wanted = team ?? lastTeam();
  const teams = session?.teams ?? [];
  const found = teams.find((t) => t.id === wanted) ?? (team ? null : (teams[0] ?? null));
  identity.team = found?.id;
  return found;
}

export function useTeam(): Team {
  const team = useTeamOrNull();
  if (!team) throw new Error("A page of a team was shown without one.");
  return team;
}

const rank: Readonly<Record<Role, number>> = { viewer: 0, developer: 1, owner: 2 };
export const roleHas = (role: Role, least: Role): boolean => rank[role] >= rank[least];
