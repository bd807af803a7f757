import { expect, test } from "@jest/globals";
import { Duplex, PassThrough } from "node:stream";
import { splice } from "./splice.ts";

test("a side that had closed before they were joined ends the other, and the whole", async () => {
  const gone = new PassThrough();
  gone.destroy();
  await new Promise((resolve) => gone.once("close", resolve));
  const there = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  await splice(gone, there);
  expect(there.destroyed).toBe(true);
});
