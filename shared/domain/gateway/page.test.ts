import { expect, test } from "@jest/globals";
import { ErrorBody } from "../../contract/error-body.ts";
import { pageFor, type Trouble } from "./page.ts";

const troubles: Trouble[] = ["starting", "stopped", "failed", "unreachable", "slow", "unknown", "refused"];
const asked = { name: "shop/web", host: "shop.localhost", accept: undefined, language: undefined };

test.each(troubles)("a program is told of %s as of every other error, with what to do next (A8)", (trouble) => {
  const page = pageFor(trouble, asked);
  const { error } = ErrorBody.parse(JSON.parse(page.body));
  expect(error.code).toBe(`gateway.${trouble}`);
  expect(error.next.length).toBeGreaterThan(10);
});

test("a person gets a page in Chinese or English", () => {
  const accept = "text/html,application/xhtml+xml";
  expect(pageFor("stopped", { ...asked, accept, language: "zh-CN,zh;q=0.9" }).body).toContain("应用已停止");
  expect(pageFor("stopped", { ...asked, accept, language: "en-GB" }).body).toContain("The application is stopped.");
});

test("nothing of the request becomes markup", () => {
  const page = pageFor("unknown", {
    name: undefined,
    host: "<script>alert(1)</script>.localhost",
    accept: "text/html",
    language: undefined,
  });
  expect(page.body).not.toContain("<script>");
});
