import { ConfigFile } from "../contract/component.ts";
import { defaultConfiguration } from "./component.ts";
import { assertFitsRelease, configurationBytesMax, releaseBytesMax } from "./release-size.ts";

const file = (path: string, kib: number) => ConfigFile.parse({ path, content: "x".repeat(kib * 1_024), executable: false });
const secret = (name: string, kib: number) => ({
  name,
  kind: "secret" as const,
  value: "x".repeat(kib * 1_024),
  updatedAt: "2026-01-01T00:00:00Z",
});
const content = (files: readonly ConfigFile[], variables: readonly ReturnType<typeof secret>[] = []) => ({
  configuration: { ...defaultConfiguration, files: [...files] },
  variables,
});

test("A8: what is too large for a release is refused by the names and sizes of what takes the space, the largest first", () => {
  const files = [file("/etc/small", 10), file("/etc/rules", 150), file("/etc/tiny", 0)];
  const variables = [secret("A", 30), secret("B", 30), secret("C", 60)];
  expect(() => assertFitsRelease("web", content(files, variables.slice(0, 2)))).not.toThrow();
  expect(() => assertFitsRelease("web", content([...files, file("/etc/more", 60)], variables))).toThrow(
    expect.objectContaining({
      code: "exhausted",
      reason: "release.too-large",
      message:
        "web is too large for a release: its configuration takes 221 KiB (/etc/rules 151 KiB, /etc/more 61 KiB, /etc/small 11 KiB) of at most 272, its variables, encrypted, 161 KiB; together they may take 368 KiB.",
    }),
  );
});

test("A8: a configuration that is too large by itself says so", () => {
  expect(() => assertFitsRelease("web", content([file("/etc/a", 140), file("/etc/b", 140)]))).toThrow(
    "its configuration takes 281 KiB (/etc/a 141 KiB, /etc/b 141 KiB) of at most 272, its variables, encrypted, 1 KiB;",
  );
  const attachments = ["one", "two"].map((name) => ({
    name,
    kind: "sidecar" as const,
    image: "x:1",
    command: null,
    variables: { BIG: "x".repeat(140 * 1_024) },
    resources: { memoryMib: 16, cpuMillis: 10 },
  }));
  expect(() => assertFitsRelease("web", { configuration: { ...defaultConfiguration, attachments }, variables: [] })).toThrow(
    /\(one 141 KiB, two 141 KiB\)/,
  );
});

test("what is small in many pieces is told without naming them", () => {
  const attachments = [
    { name: "x", kind: "init" as const, image: "x:1", command: null, variables: {}, resources: { memoryMib: 16, cpuMillis: 10 } },
  ];
  const command = "x".repeat(configurationBytesMax);
  expect(() =>
    assertFitsRelease("web", { configuration: { ...defaultConfiguration, command, attachments }, variables: [] }),
  ).toThrow("its configuration takes 273 KiB of at most 272,");
  expect(releaseBytesMax).toBeGreaterThan(configurationBytesMax);
});
