import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Volume } from "../../shared/contract/component.ts";
import { imageArtifact, type ImageContent, imageMaker } from "../support/container-image.ts";
import { eventually } from "../support/eventually.ts";
import { ask, type Bench, bench, expectKept, ids, workloadFor } from "./support.ts";

const maker = imageMaker();
const containerTest = typeof maker === "string" ? test.skip : test;
if (typeof maker === "string") console.warn(`skipped: ${maker}`);
const images = maker as Exclude<typeof maker, string>;
afterAll(() => typeof maker === "string" || maker.close());

const volume = (name: string, path: string, change: Partial<Volume> = {}): Volume => ({
  name,
  path,
  kind: "exclusive",
  sizeMib: 16,
  storageClass: null,
  ...change,
});
const data = volume("data", "/var/lib/data");
const kept = `${data.path}/kept`;
const component = ids.component as never;

let it: Bench;
let generation = 0;
beforeEach(async () => {
  generation = 0;
  it = await bench({ environment: images.environment });
});
afterEach(async () => {
  // Of an ordinary user's containers only podman may remove all.
  await it.cluster.remove(component);
  await it.end();
});

const apply = async (image: string, number: number, change: Parameters<typeof workloadFor>[2] = {}): Promise<void> =>
  it.cluster.apply(
    workloadFor("", ++generation, {
      artifact: imageArtifact(image),
      number,
      variables: { NUMBER: String(number) },
      ...change,
      configuration: { volumes: [data], ...change?.configuration },
    }),
  );
async function run(image: string, number: number, change: Parameters<typeof workloadFor>[2] = {}): Promise<void> {
  await apply(image, number, change);
  await it.phase("settled", generation);
}
const told = async (what: string, path: string, text = ""): Promise<string> =>
  (await ask(`${it.proxy.url}/${what}?${new URLSearchParams({ path, text })}`)).body;
const ofComponent = (): string => join(it.home, "components", ids.component);
const volumesOnDisk = (): string[] =>
  readdirSync(join(ofComponent(), "volumes")).flatMap((name) => (name.includes(".") ? [] : join(ofComponent(), "volumes", name)));

describe.each<[string, ImageContent, string]>([
  ["root", {}, "0:0"],
  ["a user by name", { user: "app" }, "999:998"],
  ["a user by number, which the image does not know", { user: "1234:5678" }, "1234:5678"],
])("an image that runs as %s", (_, content, owner) => {
  containerTest(
    "W2: its volume keeps what it writes over restarts, releases, rollbacks and stops, and over ends of the platform; removed with it, and nothing is left",
    async () => {
      const image = await images.make("life", content);
      const before = images.podman("volume", "ls", "--quiet").out;
      await run(image, 1);
      expect(await told("owner", data.path)).toBe(owner);
      const volumed = { run: run.bind(null, image), told, settled: () => it.phase("settled", generation) };
      await expectKept(it, volumed, kept);
      await it.cluster.remove(component);
      expect(existsSync(ofComponent())).toBe(false);
      expect(images.podman("volume", "ls", "--quiet").out).toBe(before);
    },
    60_000,
  );
});

containerTest(
  "W2: an exclusive volume is of one instance: the old one has ended before the new one starts, even when it must be killed",
  async () => {
    const image = await images.make("one");
    const variables = { DATA: data.path };
    await run(image, 1, { variables });
    await run(image, 2, { variables });
    const stubborn = { variables: { ...variables, STUBBORN: "yes" }, configuration: { graceSeconds: 1 } };
    await run(image, 3, stubborn);
    await run(image, 4, stubborn);
    await run(image, 5, { variables });
    expect(await told("read", `${data.path}/life`)).toMatch(/^<1-1><2-2><3\.+<4\.+<5$/);
  },
);

containerTest(
  "W2: an instance is asked to end itself, and not through podman, which misses it in its first moments",
  async () => {
    const image = await images.make("asked");
    const variables = { DATA: data.path };
    await run(image, 1, { variables });
    const [first] = (await it.seen()).instances;
    const [volume] = volumesOnDisk();
    const life = (): string => readFileSync(join(String(volume), "life"), "utf8");
    const record = join(ofComponent(), "instances", String(first?.id), "instance.json");
    const { pid } = JSON.parse(readFileSync(record, "utf8")).process;
    process.kill(pid, "SIGSTOP");
    await apply(image, 2, { variables, configuration: { graceSeconds: 60 } });
    await eventually("it ended in order", () => life() === "<1-1>");
    process.kill(pid, "SIGCONT");
    await it.phase("settled", 2);
    expect(life()).toBe("<1-1><2");
  },
);

containerTest("several instances have a shared volume together; podman beside them dying takes nothing", async () => {
  const image = await images.make("shared", { user: "app" });
  await run(image, 1, { replicas: 2, configuration: { volumes: [{ ...data, kind: "shared" }] } });
  const answers = new Set<string>();
  await eventually("both wrote", async () => {
    // Each is asked in turn.
    answers.add(await told("id", ""));
    answers.add(await told("id", ""));
    await told("add", kept, ".");
    return answers.size === 2;
  });
  const text = await told("read", kept);
  for (let n = 0; n < 4; n++) expect(await told("read", kept)).toBe(text);
  const [first] = (await it.seen()).instances;
  images.podman("kill", `pluvia-${first?.id}`);
  await eventually("it was started again", async () =>
    (await it.seen()).instances.some((i) => i.id === first?.id && i.restarts === 1),
  );
  await it.phase("settled", generation);
  for (let n = 0; n < 4; n++) expect(await told("read", kept)).toBe(text);
});

containerTest("volumes and files at paths the image has and has not, of any characters, and in memory", async () => {
  const image = await images.make("paths", {
    user: "app",
    entries: [
      { name: "srv/data/of-the-image", text: "hidden" },
      { name: "etc/app.conf", text: "of the image" },
      { name: "etc/beside.conf", text: "beside" },
    ],
  });
  const volumes = [
    volume("own", "/srv/data"),
    volume("odd", '/odd, "folder"/a:b=c\\d'),
    volume("lines", "/two\nlines"),
    volume("memory", "/run/cache", { kind: "memory", sizeMib: 2 }),
  ];
  const files = [
    { path: "/etc/app.conf", content: "fsync = on\n", executable: false },
    { path: '/opt/it\'s, "new".sh', content: "#!/bin/sh\n", executable: true },
  ];
  await run(image, 1, { configuration: { volumes, files } });
  expect(await told("list", "/srv/data")).toBe("");
  for (const { path } of volumes) expect([path, await told("add", `${path}/x`, "y")]).toEqual([path, "y"]);
  for (const { path, content } of files) {
    expect(await told("read", path)).toBe(content);
    expect(["read-only file system", "permission denied"]).toContain(await told("add", path, "z"));
  }
  expect(await told("read", "/etc/beside.conf")).toBe("beside");
  expect(await told("room", "/run/cache")).toBe(String(2 * 2 ** 20));
  await run(image, 2, { configuration: { volumes, files } });
  const after = await Promise.all(volumes.map(({ path }) => told("read", `${path}/x`)));
  expect(after).toEqual(["y", "y", "y", "no such file or directory"]);
});

containerTest("a file of the configuration is read-only for root too", async () => {
  const image = await images.make("root-file");
  const files = [{ path: "/etc/app.conf", content: "a", executable: false }];
  await run(image, 1, { configuration: { files } });
  expect(await told("add", "/etc/app.conf", "b")).toBe("read-only file system");
});

containerTest(
  "what an image declares as a volume below one of the component's is kept in that; elsewhere it is as ever, and leads nowhere",
  async () => {
    const secret = join(it.home, "secret");
    writeFileSync(secret, "of the machine");
    const image = await images.make("declares", {
      volumes: ["/var/lib/data/inner", "/cache", `${secret}:/stolen`, `/x,source=${secret}`],
      entries: [
        { name: "cache/of-the-image", text: "here" },
        { name: "var/lib/data/inner/of-the-image", text: "hidden" },
      ],
    });
    const before = images.podman("volume", "ls", "--quiet").out;
    await run(image, 1);
    expect(await told("list", "/var/lib/data")).toBe("");
    expect(await told("list", "/cache")).toBe("of-the-image");
    expect([await told("list", "/stolen"), await told("read", "/stolen")]).toEqual([
      "no such file or directory",
      "no such file or directory",
    ]);
    await run(image, 2, { configuration: { volumes: [{ ...data, path: "/var/lib" }] } });
    expect(await told("list", "/var/lib")).toBe("");
    await it.cluster.remove(component);
    expect(images.podman("volume", "ls", "--quiet").out).toBe(before);
  },
);

containerTest("links of an image and of a volume lead nowhere outside of the instance", async () => {
  const machine = join(it.home, "of-the-machine");
  mkdirSync(machine);
  const file = join(machine, "file");
  writeFileSync(file, "of the machine");
  const image = await images.make("links", {
    entries: [{ name: "mine", type: "symlink", linkname: `../../../../..${machine}` }],
  });
  const mine = volume("mine", "/mine");
  await run(image, 1, { configuration: { volumes: [mine] } });
  expect(await told("add", "/mine/x", "y")).toBe("y");
  await told("link", "/mine/host", "/etc/hostname");
  await told("link", "/mine/file", file);
  await told("link", "/mine/folder", machine);
  expect(await told("read", "/mine/file")).toMatch(/no such file|too many levels/);
  expect(readdirSync(machine)).toEqual(["file"]);
  const other = await images.make("links-other", { user: "app" });
  await run(other, 2, { configuration: { volumes: [mine] } });
  expect(await told("owner", "/mine/x")).toBe("999:998");
  expect(await told("owner", "/mine/file")).toBe("999:998");
  expect([machine, file].map((path) => lstatSync(path).uid)).toEqual([process.getuid?.(), process.getuid?.()]);
  await it.cluster.remove(component);
  expect(readdirSync(machine)).toEqual(["file"]);
});

containerTest(
  "what a volume holds follows the image's user; while instances of another have it, the release is refused in words",
  async () => {
    const [app, other] = [await images.make("user-app", { user: "app" }), await images.make("user-other", { user: "other" })];
    await run(app, 1);
    await told("add", kept, "a");
    await run(other, 2);
    expect(await told("add", kept, "b")).toBe("ab");
    await run(app, 1, { restart: 1 });
    expect(await told("add", kept, "c")).toBe("abc");
    const shared = { configuration: { volumes: [{ ...data, kind: "shared" }] } };
    await run(app, 3, shared);
    await apply(other, 4, shared);
    const { signals } = await it.phase("failed", generation);
    expect(signals).toEqual([
      {
        code: "volume.refused",
        detail: { message: expect.stringContaining("the volume data belong to the user of another release") },
      },
    ]);
    expect(await told("read", kept)).toBe("abc");
    await run(other, 4, { ...shared, wanted: "stopped" });
    await run(other, 4, shared);
    expect(await told("add", kept, "d")).toBe("abcd");
  },
);

containerTest("a component whose source becomes an image keeps its volume, and back", async () => {
  const image = await images.make("from-source");
  const source = {
    "server.js": `const fs = require("node:fs");
require("node:http").createServer((q, s) => s.end(fs.readFileSync(new URL(q.url, "http://x").searchParams.get("path") ?? "/etc/hostname"))).listen(process.env.PORT);
fs.appendFileSync("${kept}", "s");`,
  };
  const artifact = { artifact: workloadFor(await it.shelf.add(source), 1).artifact };
  const can = (await it.cluster.capabilities()).find((c) => c.name === "isolation")?.available;
  if (!can) return console.warn("skipped: processes have no volumes here");
  await run("", 1, artifact);
  await run(image, 2);
  expect(await told("add", kept, "i")).toBe("si");
  await run("", 3, artifact);
  expect(await told("read", kept)).toBe("sis");
});

containerTest(
  "a volume taken from the configuration keeps its data; one of the same name brings it back; none is another's",
  async () => {
    const image = await images.make("taken", { user: "app" });
    const other = volume("other", "/srv/other");
    await run(image, 1, { configuration: { volumes: [data, other] } });
    await told("add", "/srv/other/x", "still here");
    await run(image, 2);
    expect(await told("read", "/srv/other/x")).toBe("no such file or directory");
    await run(image, 3, { configuration: { volumes: [data, { ...other, path: "/elsewhere" }] } });
    expect(await told("read", "/elsewhere/x")).toBe("still here");
    expect(await told("list", data.path)).toBe("");
    expect(volumesOnDisk()).toHaveLength(2);
  },
);

containerTest(
  "the data center says what volumes of images are, also where processes can have none; what it has not is refused in words",
  async () => {
    const said = async (): Promise<string[]> =>
      (await it.cluster.capabilities()).flatMap((c) =>
        c.name === "volumes" || c.name === "files" ? [c.code ?? "", c.message] : [],
      );
    expect((await said()).join()).toMatch(/volumes\.(all|images),.*(is part of|the others share the disk)/);
    await it.end();
    it = await bench({ environment: images.environment, isolation: "off" });
    expect((await said()).join()).toMatch(/volumes\.images,.*Images alone.*files\.images/);
    const image = await images.make("classes");
    await apply(image, 1, { configuration: { volumes: [{ ...data, storageClass: "fast" }] } });
    expect((await it.phase("failed", 1)).signals).toEqual([
      { code: "volume.refused", detail: { message: expect.stringContaining("storage class fast") } },
    ]);
    for (const path of ["/.", "/proc/self", "/./dev"]) {
      await apply(image, 2, { configuration: { volumes: [{ ...data, path }] } });
      const [signal] = (await it.phase("failed", generation)).signals;
      expect(signal).toMatchObject({ code: "volume.refused", detail: { message: expect.stringContaining("the system's own") } });
    }
    await run(image, 3, { configuration: { volumes: [volume("shm", "/dev/shm", { kind: "memory" })] } });
    expect(await told("room", "/dev/shm")).toBe(String(16 * 2 ** 20));
  },
);
