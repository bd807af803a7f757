import unit from "./jest.config.js";

// Whole-platform tests: one platform each, one after the other. `npm run e2e`.
export default {
  ...unit,
  testEnvironment: "<rootDir>/test/e2e/page-environment.ts",
  testMatch: ["<rootDir>/test/e2e/**/*.e2e.ts"],
  testPathIgnorePatterns: ["/node_modules/"],
  testTimeout: 600_000,
  globals: { patienceMs: 120_000 },
  maxWorkers: 1,
};
