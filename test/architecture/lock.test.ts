import { readFileSync } from "node:fs";

type Locked = { optionalDependencies?: Record<string, string> };

test("package-lock.json names every build of every native package: npm ci refuses one that does not", () => {
  const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8")) as { packages: Record<string, Locked> };
  const places = Object.keys(packages);
  const missing = Object.entries(packages).flatMap(([owner, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !places.some((place) => place === `node_modules/${name}` || place === `${owner}/node_modules/${name}`),
    ),
  );
  // Mend it by: node infra/tools/complete-lock.ts
  expect(missing).toEqual([]);
});

test("package-lock.json names no registry", () => {
  expect(readFileSync("package-lock.json", "utf8")).not.toContain('"resolved": "http');
});
