/** Below it lies what an operator puts there for programs to run on: whoever makes images may read it. No team has such a name. */
export const runnerShelf = "runners";

/** What a bearer may do: read what one team has, or make one repository of it. */
export type RegistrySubject =
  | { readonly kind: "pull"; readonly tenant: string }
  | { readonly kind: "push"; readonly tenant: string; readonly repository: string }
  /** Whose registry it is: a data center's own agents, or the platform. */
  | { readonly kind: "agent" };

export interface Access {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

/** A request asks for few; each becomes a part of the token. */
const scopesMax = 20;

/** `repository:tnt_x/cmp_y:pull,push`, several separated by spaces. Others are left out: nothing else is granted here. */
export const parseScopes = (scopes: readonly string[]): readonly Access[] =>
  scopes
    .flatMap((scope) => scope.split(" "))
    .slice(0, scopesMax)
    .flatMap((scope) => {
      const [, name, actions] = /^repository:([a-z0-9][a-z0-9._/-]{0,254}):([a-z,*]{1,40})$/.exec(scope) ?? [];
      return name && actions ? [{ type: "repository", name, actions: actions.split(",") }] : [];
    });

const actionsOf = (subject: RegistrySubject, name: string, prefix: string): readonly string[] => {
  if (subject.kind === "agent") return ["pull", "push", "delete"];
  const isTeams = name.startsWith(`${prefix}${subject.tenant}/`);
  if (subject.kind === "pull") return isTeams ? ["pull"] : [];
  if (isTeams) return name === prefix + subject.repository ? ["pull", "push"] : [];
  return name.startsWith(`${prefix}${runnerShelf}/`) ? ["pull"] : [];
};

/** Of what is asked for, what the subject may do. */
export const grantsFor = (subject: RegistrySubject, asked: readonly Access[], prefix: string): readonly Access[] =>
  asked.flatMap((one) => {
    const may = actionsOf(subject, one.name, prefix);
    const actions = one.actions.includes("*") ? may : one.actions.filter((action) => may.includes(action));
    return actions.length > 0 ? [{ ...one, actions }] : [];
  });

/** A credential is replaced when half of its life is over: the other half is for nodes that still use it, and for us being away. */
export const shouldRenew = (life: { issuedAt: Date; expiresAt: Date }, now: Date): boolean =>
  now.getTime() >= (life.issuedAt.getTime() + life.expiresAt.getTime()) / 2;
