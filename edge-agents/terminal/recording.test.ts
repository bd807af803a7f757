import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "../../test/support/eventually.ts";
import { record, usualRecordingLimits } from "./recording.ts";

test("T2: a recording is whole though the program shows more after its end", async () => {
  const home = mkdtempSync(join(tmpdir(), "pluvia-recording-"));
  const shown = { session: "trm_1", title: "t", columns: 80, rows: 24, now: Date.now, limits: usualRecordingLimits };
  const recording = record({ home, ...shown });
  for (let line = 0; line < 100; line++) recording.output(`line ${line}\n`);
  recording.close();
  recording.output("late");
  recording.resize(100, 30);
  const text = await eventually("the last line", () => {
    const [name = ""] = readdirSync(home);
    const found = readFileSync(join(home, name), "utf8");
    return found.includes("line 99") && found;
  });
  expect(text.trim().split("\n")).toHaveLength(101);
  rmSync(home, { recursive: true });
});
