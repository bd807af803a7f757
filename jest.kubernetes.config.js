import unit from "./jest.config.js";

// Against a real Kubernetes, found or brought up by test/kubernetes/setup.ts; skipped where there is none. `npm run kubernetes`.
export default {
  ...unit,
  testMatch: ["<rootDir>/test/kubernetes/**/*.kubernetes.ts"],
  testPathIgnorePatterns: ["/node_modules/"],
  globalSetup: "<rootDir>/test/kubernetes/setup.ts",
  globalTeardown: "<rootDir>/test/kubernetes/teardown.ts",
  testTimeout: 600_000,
  globals: { patienceMs: 240_000 },
  // Some install the agents, of which a cluster has one set. Those that do not can be named together with --maxWorkers=3.
  maxWorkers: 1,
};
