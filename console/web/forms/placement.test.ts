import { describe, expect, test } from "@jest/globals";
import { placementOf, textOf } from "./placement.ts";

describe("placement as text", () => {
  test("is read as it is written", () => {
    const placement = {
      spread: false,
      nodeLabels: { disk: "ssd", "topology.kubernetes.io/zone": "a" },
      tolerations: [
        { key: "gpu", value: null },
        { key: "team", value: "shop" },
      ],
    };
    expect(placementOf(textOf(placement))).toEqual(placement);
  });
  test("has blanks and empty lines left out", () => {
    const read = placementOf({ spread: true, nodeLabels: "\n  disk = ssd \n\n", tolerations: "" });
    expect(read).toEqual({ spread: true, nodeLabels: { disk: "ssd" }, tolerations: [] });
  });
  test.each([
    ["disk", "", "disk"],
    ["=ssd", "", "=ssd"],
    ["disk=ssd", "=shop", "=shop"],
  ])("of %j and %j names its bad line", (nodeLabels, tolerations, badLine) => {
    expect(placementOf({ spread: true, nodeLabels, tolerations })).toEqual({ badLine });
  });
});
