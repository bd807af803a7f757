import type { Crash } from "./whole/fate.ts";
import { isOpen } from "./whole/history.ts";
import { instantCrypto } from "./whole/instant-crypto.ts";
import { live } from "./whole/live.ts";
import { type Template, template } from "./whole/template.ts";

/*
 * The whole platform from a seed: see whole/world.ts. `PLUVIA_SEEDS=10000 npm test -- simulation/whole` lives through that many worlds, `PLUVIA_SEED=7` through
 * one of them again.
 */
const seeds = process.env["PLUVIA_SEED"]
  ? [Number(process.env["PLUVIA_SEED"])]
  : Array.from({ length: Number(process.env["PLUVIA_SEEDS"] ?? 2_000) }, (_, at) => at + 1);
const failuresMax = 5;

let from: Template;
beforeAll(async () => {
  instantCrypto();
  from = await template();
});

test(`W6: in ${seeds.length} worlds that go wrong everywhere nothing that was acknowledged is lost or done twice, and the newest intent wins`, async () => {
  const failed: Record<string, readonly string[]> = {};
  const ends = new Set<string>();
  for (const seed of seeds) {
    const { history } = await live(from, seed, { requests: 3 + (seed % 3), isStormy: true });
    if (history.violations.length > 0) failed[`PLUVIA_SEED=${seed} npm test -- simulation/whole`] = history.violations;
    if (Object.keys(failed).length >= failuresMax) break;
    for (const { kind, state } of history.operations.values()) ends.add(`${kind} ${state}`);
  }
  expect(failed).toEqual({});
  if (seeds.length < 500) return;
  // They were worth living through.
  for (const kind of ["deploy", "configure", "rollback", "restart", "scale", "start", "stop"])
    for (const state of ["succeeded", "superseded"]) expect(ends).toContain(`${kind} ${state}`);
  for (const end of ["deploy failed", "deploy cancelled", "rollback cancelled", "remove succeeded"]) expect(ends).toContain(end);
  // Of a few thousand operations beside deploys a handful fail, of whatever kind.
  expect([...ends]).toContainEqual(expect.stringMatching(/^(configure|restart|rollback|scale) failed$/));
}, 3_600_000);

test("W6: a process that dies before or after any single write leaves nothing undone and does nothing twice", async () => {
  const lived = (crash?: Crash) => live(from, 6, { requests: 5, isStormy: false, crash });
  const { fate, history } = await lived();
  expect(history.violations).toEqual([]);
  expect([...history.operations.values()].filter(isOpen)).toEqual([]);
  const failed: Record<string, readonly string[]> = {};
  for (let write = 1; write <= fate.writes; write++)
    for (const when of ["before", "after"] as const) {
      const { violations } = (await lived({ write, when })).history;
      if (violations.length > 0) failed[`${when} write ${write} of ${fate.writes}`] = violations;
    }
  expect(failed).toEqual({});
}, 600_000);
