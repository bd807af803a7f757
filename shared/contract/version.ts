/** Of the platform; package.json says the same (test/architecture/operations.test.ts). */
export const version = "0.1.0";
