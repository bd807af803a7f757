import unit from "./jest.config.js";

// The adapters of AWS against emulators that others wrote; their tests mostly wait. `npm run aws`.
export default {
  ...unit,
  testMatch: ["<rootDir>/test/aws/**/*.test.ts"],
  testPathIgnorePatterns: ["/node_modules/"],
  testTimeout: 300_000,
  globals: { patienceMs: 120_000 },
  maxWorkers: 4,
};
