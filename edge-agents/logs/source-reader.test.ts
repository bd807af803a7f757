import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "../../test/support/eventually.ts";
import { componentLog, usualLimits } from "./component-log.ts";
import { bucket } from "./flood.ts";
import { emptyBytes } from "./reclaim.ts";
import { sourceReader } from "./source-reader.ts";

const component = "cmp_0000000000000001";
let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "pluvia-source-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

test("L6: output that is removed while its space is given back is read to its end, and harms nothing else", async () => {
  const path = join(home, "out");
  const line = `${"y".repeat(1_023)}\n`;
  const lines = emptyBytes / line.length + 1;
  writeFileSync(path, line.repeat(lines));
  const log = componentLog(join(home, "log"), usualLimits, () => {});
  const errors: unknown[] = [];
  const reader = sourceReader({ component, instance: "i1", stream: "out", path }, log, {
    flood: bucket({ bytesPerSecond: 0, burstBytes: Number.POSITIVE_INFINITY }, 0),
    volumes: { exceeded: () => false, count: () => {} },
    onError: (error) => errors.push(error),
  });
  rmSync(path);
  while (reader?.read(1));
  await eventually("that no space can be given back is told", () => errors.length > 0);
  expect(errors).toMatchObject([{ code: "ENOENT" }]);
  expect(log.last()).toBe(lines);
  reader?.close();
  log.close();
});
