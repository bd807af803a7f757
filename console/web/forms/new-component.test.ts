import type { DataCenter } from "../../../shared/contract/data-center.ts";
import type { Proposal, Source } from "../../../shared/contract/source.ts";
import { draftOf, usualPlace } from "./new-component.ts";

const source: Source = { kind: "git", url: "https://example.com/acme/Shop_Front.git" };
const proposal: Proposal = {
  name: "shop-front",
  language: "node",
  alternatives: ["node"],
  summary: "Node 24 with npm",
  command: "node server.js",
  ports: [
    { port: 3000, protocol: "http" },
    { port: 6379, protocol: "tcp" },
  ],
  variables: [
    { name: "GREETING", value: "hi", required: false },
    { name: "SESSION_SECRET", value: "", required: true },
  ],
  processes: {},
  commit: null,
  branches: [],
  steps: [],
};
const nowhere = { into: null, applicationNames: [], componentNames: [] };

test("C3: what was found is proposed: HTTP is public, TCP is not, secrets are kept secret", () => {
  const draft = draftOf(source, proposal, nowhere);
  expect(draft.ports.map((p) => [p.port, p.external])).toEqual([
    [3000, true],
    [6379, false],
  ]);
  expect(draft.variables.map((v) => [v.name, v.kind])).toEqual([
    ["GREETING", "plain"],
    ["SESSION_SECRET", "secret"],
  ]);
});
test("P3: a new application begins with a component called web; one that is added to an application has a name of its own", () => {
  expect(draftOf(source, proposal, { ...nowhere, applicationNames: ["shop-front"] })).toMatchObject({
    application: null,
    applicationName: "shop-front-2",
    name: "web",
  });
  expect(
    draftOf(source, proposal, { into: { id: "app_1" }, applicationNames: ["a"], componentNames: ["shop-front"] }),
  ).toMatchObject({ application: "app_1", name: "shop-front-2" });
});

describe("where a new component would usually be", () => {
  const place = (digit: string, cordoned = false) =>
    ({ id: `dc_${digit.repeat(16)}`, name: digit, state: "connected", cordoned }) as DataCenter;
  const [east, west] = [place("1"), place("2")];
  const inside = (...dataCenters: DataCenter[]) => dataCenters.map(({ id }) => ({ dataCenter: id }));
  test("is where the application's other components are", () => {
    expect(usualPlace(inside(west, west), [east, west])).toBe(west.id);
  });
  test("is the only data center for an application's first", () => {
    expect(usualPlace([], [east])).toBe(east.id);
  });
  test("is open where there are several, and where that one takes nothing new", () => {
    expect(usualPlace([], [east, west])).toBeUndefined();
    expect(usualPlace(inside(east, west), [east, west])).toBeUndefined();
    expect(usualPlace(inside(east), [place("1", true), west])).toBeUndefined();
  });
});
