import { readdirSync, readFileSync } from "node:fs";
import unit from "./jest.config.js";

const folder = "test/kubernetes";
const suites = readdirSync(folder).filter((name) => name.endsWith(".kubernetes.ts"));
/** They install the agents, of which a cluster has one set. */
const installing = suites.filter((name) => /\b(joinCluster|takeAway)\b/.test(readFileSync(`${folder}/${name}`, "utf8")));
const paths = (names) => names.map((name) => `<rootDir>/${folder}/${name}`);

const { maxWorkers: _, testTimeout: __, watchman, ...shared } = unit;
const each = {
  ...shared,
  testPathIgnorePatterns: ["/node_modules/"],
  globalSetup: `<rootDir>/${folder}/setup.ts`,
  globalTeardown: `<rootDir>/${folder}/teardown.ts`,
  globals: { patienceMs: 240_000 },
};

// Against a real Kubernetes, found or brought up by test/kubernetes/setup.ts; skipped where there is none. `npm run kubernetes`.
export default {
  watchman,
  testTimeout: 600_000,
  projects: [
    { ...each, displayName: "agents", runner: `<rootDir>/${folder}/serial-runner.js`, testMatch: paths(installing) },
    { ...each, displayName: "cluster", testMatch: paths(suites.filter((name) => !installing.includes(name))) },
  ],
  // Most of the time they wait for the cluster.
  maxWorkers: 2,
};
