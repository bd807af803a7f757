/** What a registry asks for before it answers. */
export type Challenge =
  | { readonly scheme: "basic" }
  | { readonly scheme: "bearer"; readonly realm: string; readonly service: string | null; readonly scope: string | null };

/** Reads `WWW-Authenticate`; undefined when it asks for nothing we know. Source: RFC 9110 11.6.1, distribution's token spec. */
export function parseChallenge(header: string | undefined): Challenge | undefined {
  const [, scheme = "", rest = ""] = /^\s*(\w+)\s*(.*)$/s.exec(header ?? "") ?? [];
  if (scheme.toLowerCase() === "basic") return { scheme: "basic" };
  if (scheme.toLowerCase() !== "bearer") return undefined;
  const fields = new Map(
    [...rest.matchAll(/(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/g)].map((m) => [
      (m[1] ?? "").toLowerCase(),
      (m[2] ?? m[3] ?? "").replace(/\\(.)/g, "$1"),
    ]),
  );
  const realm = fields.get("realm");
  return realm === undefined
    ? undefined
    : { scheme: "bearer", realm, service: fields.get("service") ?? null, scope: fields.get("scope") ?? null };
}
