import Runner from "jest-runner";

/** Runs suites one after the other, however many workers there are. */
// biome-ignore lint/style/noDefaultExport: jest takes the default export.
export default class extends Runner {
  isSerial = true;
}
