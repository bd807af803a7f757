import { grantsFor, parseScopes, shouldRenew } from "./registry-access.ts";

const asked = (...scopes: string[]) => parseScopes(scopes);

describe("access to the data center's registry", () => {
  test("scopes are read one by one; what is no repository is left out", () => {
    expect(
      asked("repository:a/b:pull,push repository:c:pull", "registry:catalog:*", "repository:A:pull", "repository:a:"),
    ).toEqual([
      { type: "repository", name: "a/b", actions: ["pull", "push"] },
      { type: "repository", name: "c", actions: ["pull"] },
    ]);
  });
  test("P5: a team's pull credential reads the team's repositories and nothing else", () => {
    const subject = { kind: "pull", tenant: "tnt_a" } as const;
    const scopes = ["p/tnt_a/cmp_1", "p/tnt_b/cmp_1", "tnt_a/cmp_1", "p/tnt_ab/x", "p/runners", "p/tnt_a"];
    const given = grantsFor(subject, asked(...scopes.map((name) => `repository:${name}:pull,push,delete`)), "p/");
    expect(given).toEqual([{ type: "repository", name: "p/tnt_a/cmp_1", actions: ["pull"] }]);
  });
  test("a push credential reads what programs run on, which a pull credential does not", () => {
    const scopes = asked("repository:p/runners/node:*", "repository:p/runners:*", "repository:runners/node:*");
    const given = grantsFor({ kind: "push", tenant: "tnt_a", repository: "tnt_a/cmp_1" }, scopes, "p/");
    expect(given).toEqual([{ type: "repository", name: "p/runners/node", actions: ["pull"] }]);
    expect(grantsFor({ kind: "pull", tenant: "tnt_a" }, scopes, "p/")).toEqual([]);
  });
  test("a push credential writes its one repository", () => {
    const subject = { kind: "push", tenant: "tnt_a", repository: "tnt_a/cmp_1" } as const;
    expect(grantsFor(subject, asked("repository:tnt_a/cmp_1:*", "repository:tnt_a/cmp_2:push"), "")).toEqual([
      { type: "repository", name: "tnt_a/cmp_1", actions: ["pull", "push"] },
    ]);
  });
  test("a credential is renewed at half of its life", () => {
    const life = { issuedAt: new Date(0), expiresAt: new Date(1_000) };
    expect([0, 499, 500, 2_000].map((ms) => shouldRenew(life, new Date(ms)))).toEqual([false, false, true, true]);
  });
});
