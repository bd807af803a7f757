import { expect, test } from "@jest/globals";
import { newsOf } from "./news.ts";
import type { KubernetesObject } from "./object.ts";

const node = (resourceVersion: string): KubernetesObject => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: { name: "n1", resourceVersion },
});

test("that an object was removed is news, though it was as before; and so is that it is there again", () => {
  const isNews = newsOf();
  const there = () => true;
  expect(isNews(node("1"), there)).toBe(true);
  expect(isNews(node("2"), there)).toBe(false);
  expect(isNews(node("3"), () => false)).toBe(true);
  expect(isNews(node("4"), there)).toBe(true);
  expect(isNews(node("5"), there)).toBe(false);
});
