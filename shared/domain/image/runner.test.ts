import { parseRunnerImages, runnerFor } from "./runner.ts";

describe("runner images", () => {
  test.each([
    ["node", { node: "22.3.1" }, "docker.io/library/node:22-bookworm-slim"],
    ["static", undefined, "docker.io/library/node:24-bookworm-slim"],
    ["python", { python: "3.11.2", pip: "23" }, "docker.io/library/python:3.11-slim-bookworm"],
    ["python", undefined, "docker.io/library/python:3.12-slim-bookworm"],
    ["java", { java: "17.0.9" }, "docker.io/library/eclipse-temurin:17-jre"],
    ["php", { php: "8.2.20" }, "docker.io/library/php:8.2-cli-bookworm"],
    ["ruby", { ruby: "weird/../x" }, "docker.io/library/ruby:3.3-slim-bookworm"],
    ["go", { go: "1.24" }, "docker.io/library/debian:12-slim"],
  ] as const)("C4: a %s slug built with %j runs in %s", (language, tools, image) => {
    expect(runnerFor({ language, tools }, {})).toBe(image);
  });
  test("the operator's own win, with the version put in", () => {
    expect(runnerFor({ language: "node", tools: { node: "22.1.0" } }, { node: "registry.example.com/node:{version}" })).toBe(
      "registry.example.com/node:22",
    );
  });
  test("settings are refused with the field named", () => {
    expect(parseRunnerImages(undefined)).toEqual({});
    expect(parseRunnerImages('{"go":"debian:12"}')).toEqual({ go: "debian:12" });
    expect(() => parseRunnerImages("{")).toThrow(/not JSON/);
    expect(() => parseRunnerImages('{"go":7}')).toThrow(/PLUVIA_RUNNER_IMAGES: go/);
    expect(() => parseRunnerImages('{"cobol":"x"}')).toThrow(/PLUVIA_RUNNER_IMAGES/);
  });
});
