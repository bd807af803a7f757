import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { variableFile, passedVariables } from "../../shared/adapters/local/cluster/podman.ts";
import { frugalSettings } from "../support/container-tools.ts";
import { temporaryDirectory } from "../temporary-directory.ts";
import { ask, type Bench, bench, ids, workloadFor } from "./support.ts";
import { eventually } from "../support/eventually.ts";

const reference = "localhost/pluvia-test-web:1";
const server = `package main
import ("fmt"; "net/http"; "os"; "os/signal"; "syscall")
func main() {
  fmt.Println("up on", os.Getenv("PORT"))
  c := make(chan os.Signal, 1); signal.Notify(c, syscall.SIGTERM)
  go func() { <-c; fmt.Println("asked to end"); os.Exit(0) }()
  http.ListenAndServe(":"+os.Getenv("PORT"), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "%s|%s|%s", os.Getenv("ONE"), os.Getenv("MANY"), os.Getenv("PORT")) }))
}`;

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let environment: Record<string, string | undefined> = process.env;
const run = (program: string, args: readonly string[], more = {}): boolean =>
  spawnSync(program, args, { env: environment, timeout: 60_000, ...more }).status === 0;

const output = (program: string, args: readonly string[]): string =>
  String(spawnSync(program, args, { env: environment, timeout: 60_000 }).stdout);

/** An image of one static program, made without any registry. */
function makeImage(): boolean {
  const at = join(directory.path, "image");
  mkdirSync(at);
  writeFileSync(join(at, "main.go"), server);
  const built = run("go", ["build", "-o", "server", "main.go"], { cwd: at, env: { ...environment, CGO_ENABLED: "0" } });
  return (
    built &&
    run("tar", ["cf", "image.tar", "server"], { cwd: at }) &&
    run("podman", ["import", "--quiet", "--change", 'CMD ["/server"]', join(at, "image.tar"), reference])
  );
}

let reason = "";
beforeAll(async () => {
  directory = await temporaryDirectory();
  const file = frugalSettings(directory.path);
  if (!run("podman", ["--version"])) reason = "podman is not installed";
  else if (!run("runc", ["--version"])) reason = "runc is not installed";
  environment = { ...process.env, CONTAINERS_CONF: file };
  if (reason === "" && !makeImage()) reason = "no test image can be made here";
}, 120_000);
afterAll(() => directory.remove());

const image = { kind: "image", reference, digest: null, command: null, variables: {} };

test("P8: where podman is installed an image runs, is replaced without a failed request, and leaves nothing", async () => {
  if (reason !== "") return console.warn(`skipped: ${reason}`);
  const it: Bench = await bench({ environment });
  expect((await it.cluster.capabilities()).find((c) => c.name === "images")?.available).toBe(true);
  await it.cluster.apply(workloadFor("", 1, { artifact: image, variables: { ONE: "1", MANY: "a\nb" } }));
  const first = await it.phase("settled", 1);
  expect((await ask(it.proxy.url)).body).toBe("1|a\nb|3000");
  await it.restart();
  const adopted = await it.phase("settled", 1);
  expect(adopted.instances.map((i) => [i.id, i.restarts])).toEqual([[first.instances[0]?.id, 0]]);
  await it.cluster.apply(workloadFor("", 2, { artifact: image, variables: { ONE: "2" } }));
  for (let seen = ""; !seen.startsWith("2"); seen = (await ask(it.proxy.url)).body)
    expect((await ask(it.proxy.url)).status).toBe(200);
  const second = await it.phase("settled", 2);
  expect(second.instances).toHaveLength(1);
  await it.cluster.remove(ids.component as never);
  await eventually("no container is left", () => !run("podman", ["container", "exists", `pluvia-${second.instances[0]?.id}`]));
  await it.end();
}, 90_000);

/** The test image as a build leaves it: an archive among the blobs, and not in podman's storage. */
function archived(): { id: string; bytes: Buffer } {
  const tagged = "localhost/pluvia-test-archived:1";
  run("podman", ["tag", reference, tagged]);
  const id = output("podman", ["image", "inspect", "--format", "{{.Id}}", tagged]).trim();
  const file = join(directory.path, "image.tar");
  if (!run("podman", ["save", "--quiet", "--format", "oci-archive", "--output", file, id])) throw new Error("it cannot be saved");
  run("podman", ["rmi", "--force", id]);
  return { id, bytes: gzipSync(readFileSync(file)) };
}

test("P8: an image that was built here is loaded once, by its content, runs in two replicas, ends when asked, and is removed with its last component", async () => {
  if (reason !== "") return console.warn(`skipped: ${reason}`);
  const it: Bench = await bench({ environment });
  const { id, bytes } = archived();
  const archive = { digest: it.shelf.put(bytes), sizeBytes: bytes.length };
  const artifact = { ...image, reference: "localhost/pluvia:x", digest: `sha256:${id}`, archive };
  await it.cluster.apply(workloadFor("", 1, { artifact, replicas: 2, variables: { ONE: "1", MANY: "2" } }));
  const { instances } = await it.phase("settled", 1);
  expect(instances).toHaveLength(2);
  expect((await ask(it.proxy.url)).body).toBe("1|2|3000");
  const exec = await it.cluster.exec({
    component: ids.component as never,
    instance: null,
    command: ["/server", "x"],
    columns: 80,
    rows: 24,
  });
  exec.close();
  await it.cluster.remove(ids.component as never);
  await eventually("the image is gone", () => !run("podman", ["image", "exists", id]));
  await it.end();
}, 90_000);

test("an archive that is not what its release says is not run", async () => {
  if (reason !== "") return console.warn(`skipped: ${reason}`);
  const it: Bench = await bench({ environment });
  const bytes = gzipSync(Buffer.from("no archive"));
  const archive = { digest: it.shelf.put(bytes), sizeBytes: bytes.length };
  await it.cluster.apply(workloadFor("", 1, { artifact: { ...image, digest: `sha256:${"a".repeat(64)}`, archive } }));
  await eventually("it is told", async () => (await it.seen()).signals.some((s) => s.code === "artifact.unavailable"));
  await it.end();
}, 60_000);

test("W5: why an image does not come is told in the words of its registry or the network", async () => {
  if (reason !== "") return console.warn(`skipped: ${reason}`);
  const it: Bench = await bench({ environment });
  const missing = "localhost:1/no/such:image";
  await it.cluster.apply(workloadFor("", 1, { artifact: { ...image, reference: missing } }));
  const told = await eventually("it is told", async () => (await it.seen()).signals[0]);
  expect(told).toEqual({
    code: "image.unreachable",
    detail: { image: missing, message: expect.stringMatching(/^Get "?https?:.*connection refused$/) },
  });
  await it.end();
}, 60_000);

test("variables reach a container by a file or by podman's environment, never as arguments, and none that podman would heed itself", () => {
  const variables = { ONE: "a b", MANY: "a\nb", LD_PRELOAD: "x\ny", PATH: "p\nq" };
  expect(variableFile(variables)).toBe("ONE=a b\n");
  expect(passedVariables(variables)).toEqual({ MANY: "a\nb" });
});
