// Native ESM: run with NODE_OPTIONS=--experimental-vm-modules (the npm scripts do).
export default {
  testEnvironment: "node",
  extensionsToTreatAsEsm: [".ts", ".tsx"],
  transform: { "^.+\\.tsx?$": ["@swc/jest", { jsc: { parser: { syntax: "typescript", tsx: true }, target: "es2023", transform: { react: { runtime: "automatic" } } }, module: { type: "es6" } }] },
  testMatch: ["<rootDir>/{functions,shared,edge-agents,infra,console,test}/**/*.test.ts"],
  testPathIgnorePatterns: ["/node_modules/", "/test/fixtures/", "/test/e2e/", "/test/aws/", "/test/bench/", "/infra/local/demos/"],
  modulePathIgnorePatterns: ["/test/fixtures/", "/infra/local/demos/", "/.serverless/", "/.pluvia/"],
  watchman: false,
  maxWorkers: 2,
  testTimeout: 90_000,
  globals: { patienceMs: 40_000 },
};
