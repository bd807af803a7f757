import { bugs } from "./whole/bugs.ts";
import { instantCrypto } from "./whole/instant-crypto.ts";
import { live } from "./whole/live.ts";
import { type Template, template } from "./whole/template.ts";

/** The rarest of them shows in one of 30 worlds. */
const seedsMax = 500;

let from: Template;
beforeAll(async () => {
  instantCrypto();
  from = await template();
});

test("there are at least 20 of them", () => expect(Object.keys(bugs).length).toBeGreaterThanOrEqual(20));

test.each(Object.entries(bugs))(
  "W6: it is found out when %s",
  async (_name, bug) => {
    let found: readonly string[] = [];
    for (let seed = 1; seed <= seedsMax && found.length === 0; seed++)
      found = (await live(from, seed, { requests: 5, isStormy: true }, bug)).history.violations;
    expect(found).not.toEqual([]);
  },
  600_000,
);
