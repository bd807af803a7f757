import { existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keepBeside, placeBelow, placeBeside } from "../../edge-agents/builder/written-beside.ts";

describe("nothing is written through a link of the source", () => {
  let root: string;
  const at = (...path: string[]): string => join(root, ...path);
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "pluvia-beside-"));
    for (const folder of ["source", "first/gen", "second", "outside", "kept"]) mkdirSync(at(folder), { recursive: true });
    writeFileSync(at("first/gen/made.txt"), "made");
    writeFileSync(at("first/node_modules.txt"), "x");
    keepBeside(at("kept"), { app: at("first"), source: at("source"), folders: [] });
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  test("a fresh copy gets what was kept", () => {
    placeBeside(at("kept"), at("second"));
    expect(readFileSync(at("second/gen/made.txt"), "utf8")).toBe("made");
  });

  test("a folder that became a link is refused", () => {
    symlinkSync(at("outside"), at("second/gen"));
    expect(() => placeBeside(at("kept"), at("second"))).toThrow(expect.objectContaining({ code: "source.link" }));
    expect(existsSync(at("outside/made.txt"))).toBe(false);
    expect(() => placeBelow(at("second"), "gen/vendor/bundle")).toThrow(expect.objectContaining({ code: "source.link" }));
  });

  test("a file that became a link is replaced", () => {
    writeFileSync(at("outside/target"), "untouched");
    mkdirSync(at("second/gen"));
    symlinkSync(at("outside/target"), at("second/gen/made.txt"));
    placeBeside(at("kept"), at("second"));
    expect(lstatSync(at("second/gen/made.txt")).isSymbolicLink()).toBe(false);
    expect(readFileSync(at("outside/target"), "utf8")).toBe("untouched");
  });
});
