import { pullSignal } from "./pull-failure.ts";

const image = "registry.example.org/shop/web:404";

describe("W5: why an image does not come, by podman's words", () => {
  test.each([
    [
      "image.unreachable",
      `Error: initializing source docker://${image}: pinging container registry registry.example.org: Get "https://registry.example.org/v2/": dial tcp: lookup registry.example.org on 10.0.0.1:53: no such host`,
      'Get "https://registry.example.org/v2/": dial tcp: lookup registry.example.org on 10.0.0.1:53: no such host',
    ],
    [
      "image.not-found",
      `Error: initializing source docker://${image}: reading manifest 404 in registry.example.org/shop/web: manifest unknown`,
      "manifest unknown",
    ],
    [
      "image.denied",
      `Error: initializing source docker://${image}: reading manifest 404 in registry.example.org/shop/web: requested access to the resource is denied`,
      "requested access to the resource is denied",
    ],
  ])("%s", (code, said, message) => expect(pullSignal(image, said)).toEqual({ code, detail: { image, message } }));
  test("image.platform", () => {
    const said = `Error: choosing image instance: no image found in image index for architecture "arm64", variant "v8", OS "linux"`;
    expect(pullSignal(image, said)).toEqual({ code: "image.platform", detail: { image } });
  });
});
