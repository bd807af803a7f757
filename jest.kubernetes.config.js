import unit from "./jest.config.js";

// Against a real Kubernetes, found or brought up by test/kubernetes/setup.ts; skipped where there is none. `npm run kubernetes`.
export default {
  ...unit,
  testMatch: ["<rootDir>/test/kubernetes/**/*.kubernetes.ts"],
  testPathIgnorePatterns: ["/node_modules/"],
  globalSetup: "<rootDir>/test/kubernetes/setup.ts",
  globalTeardown: "<rootDir>/test/kubernetes/teardown.ts",
  testTimeout: 180_000,
  // Tests mostly wait for the node; each has a team of its own.
  maxWorkers: 3,
};
