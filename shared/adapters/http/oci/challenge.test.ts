import { parseChallenge } from "./challenge.ts";

test.each([
  ['Basic realm="x"', { scheme: "basic" }],
  [
    'Bearer realm="https://auth.example.com/token",service="registry.example.com",scope="repository:a/b:pull,push"',
    {
      scheme: "bearer",
      realm: "https://auth.example.com/token",
      service: "registry.example.com",
      scope: "repository:a/b:pull,push",
    },
  ],
  ["bearer realm=https://a.example/t", { scheme: "bearer", realm: "https://a.example/t", service: null, scope: null }],
  ['Bearer realm="https://a.example/\\"t"', { scheme: "bearer", realm: 'https://a.example/"t', service: null, scope: null }],
  ["Bearer service=x", undefined],
  ["Negotiate", undefined],
  [undefined, undefined],
])("a registry's challenge %j is read", (header, expected) => {
  expect(parseChallenge(header)).toEqual(expected);
});
