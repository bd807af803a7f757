import { platformRegistryFrom } from "./platform-registry.ts";

test.each([
  ["https://registry.example.org", { url: "https://registry.example.org", pullFrom: "registry.example.org", prefix: "" }],
  ["http://127.0.0.1:5000/", { url: "http://127.0.0.1:5000", pullFrom: "127.0.0.1:5000", prefix: "" }],
  [
    "https://1.dkr.ecr.eu-central-1.amazonaws.com/pluvia-production",
    {
      url: "https://1.dkr.ecr.eu-central-1.amazonaws.com",
      pullFrom: "1.dkr.ecr.eu-central-1.amazonaws.com",
      prefix: "pluvia-production/",
    },
  ],
  ["https://r.example.org/a/b/", { url: "https://r.example.org", pullFrom: "r.example.org", prefix: "a/b/" }],
  ["", null],
  [undefined, null],
])("the platform's registry is %j", (text, expected) => {
  expect(platformRegistryFrom(text)).toEqual(expected);
});

test.each([
  "registry.example.org",
  "ftp://r.example.org",
  "https://ada:secret@r.example.org",
  "https://r.example.org/A",
  "https://r.example.org/a//b",
  "https://r.example.org/?x=1",
])("%s is refused in words", (text) => {
  expect(() => platformRegistryFrom(text)).toThrow(/is no address of a registry/);
});
