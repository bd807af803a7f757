import { freeName, isName, nameFrom, nameOfSource } from "./name.ts";

test.each(["My App_2", "1st", "---", "", "x".repeat(90), "ÜBER/app.git"])(
  "P1: %p gives a name that the platform takes",
  (words) => {
    expect(isName(nameFrom(words))).toBe(true);
  },
);
test("P1: a repository names its component", () => {
  expect(nameOfSource({ kind: "git", url: "https://example.com/acme/Shop_Front.git" })).toBe("shop-front");
  expect(nameOfSource({ kind: "git", url: "git@example.com:acme/api.git" })).toBe("api");
  expect(nameOfSource({ kind: "image", image: "docker.io/library/nginx:1.29" })).toBe("nginx");
});
test("a name that is taken gets a number and stays a name", () => {
  expect(freeName("shop", ["shop", "shop-2"])).toBe("shop-3");
  expect(isName(freeName("x".repeat(40), ["x".repeat(40)]))).toBe(true);
});
