import type { Dependency } from "../../../shared/contract/component.ts";
import { aliasFor, isAlias } from "./alias.ts";

const taken = (alias: string): Dependency => ({ component: "cmp_0000000000000001", port: 80, alias }) as Dependency;

test("a component's name becomes an alias that the contract takes", () => {
  for (const name of ["my-db", "a", "x".repeat(40), "redis-7"]) expect(isAlias(aliasFor(name, []))).toBe(true);
  expect(aliasFor("my-db", [])).toBe("MY_DB");
});
test("E1: a second dependency on the same component gets another alias", () => {
  expect(aliasFor("db", [taken("DB"), taken("DB_2")])).toBe("DB_3");
});
