import type { Application, Component, ComponentStatus } from "../../../shared/contract/component.ts";
import { entriesOf, filtered, statesOf } from "./overview-filter.ts";

const application = (name: string, description = "") =>
  ({ id: `app_${name}`, name, description }) as Partial<Application> as Application;
const component = (of: string, name: string, status: ComponentStatus, more: object = {}) =>
  ({
    application: `app_${of}`,
    name,
    status,
    undeployed: false,
    dataCenter: "dc_here",
    ...more,
  }) as Partial<Component> as Component;

const entries = entriesOf(
  [application("shop"), application("docs", "Pages of the Wiki"), application("blank")],
  [
    component("shop", "web", "running", { dataCenter: "dc_there" }),
    component("shop", "orders", "failed"),
    component("docs", "site", "running", { undeployed: true }),
  ],
);
const all = { text: "", state: "", dataCenter: "" };
const names = (filter: object) => filtered(entries, { ...all, ...filter }).map((e) => e.application.name);

test("U1: without a filter all applications are there, by name, with their components by name", () => {
  expect(names({})).toEqual(["blank", "docs", "shop"]);
  expect(entries.map((e) => e.components.map((c) => c.name))).toEqual([[], ["site"], ["orders", "web"]]);
});
test("U1: text is looked for in names, descriptions and components, whatever the case", () => {
  expect([names({ text: " DOC" }), names({ text: "wiki" }), names({ text: "orders" }), names({ text: "nothing" })]).toEqual([
    ["docs"],
    ["docs"],
    ["shop"],
    [],
  ]);
});
test("U1: a state is that of the card; what wants a look is also what waits to be deployed", () => {
  expect([names({ state: "failed" }), names({ state: "running" }), names({ state: "empty" })]).toEqual([
    ["shop"],
    ["docs"],
    ["blank"],
  ]);
  expect(names({ state: "look" })).toEqual(["docs", "shop"]);
  expect(names({ state: "no such state" })).toEqual([]);
});
test("U1: P10: a data center's applications are those with a component in it; all filters hold together", () => {
  expect([names({ dataCenter: "dc_there" }), names({ dataCenter: "dc_here" })]).toEqual([["shop"], ["docs", "shop"]]);
  expect(names({ dataCenter: "dc_here", state: "failed", text: "web" })).toEqual(["shop"]);
  expect(names({ dataCenter: "dc_there", state: "running" })).toEqual([]);
});
test("U1: states that no application is in are not offered", () => {
  expect(statesOf(entries)).toEqual([
    { state: "look", count: 2 },
    { state: "failed", count: 1 },
    { state: "running", count: 1 },
    { state: "empty", count: 1 },
  ]);
});
