import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Header, pack } from "tar-stream";
import { frugalSettings, noImages } from "./container-tools.ts";

/**
 * Serves what it is asked with files of its own, or does one thing and ends. With DATA it writes there when it starts, is asked to end
 * (`-`) and ends; it takes its time for it, so that a second instance would meet it. STUBBORN: it goes on writing, until it is killed.
 */
const program = `package main

import ("fmt"; "net/http"; "os"; "os/signal"; "strings"; "syscall"; "time")

func add(path string, text string) error {
  f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0644)
  if err != nil { return err }
  _, err = f.WriteString(text)
  f.Close()
  return err
}
func do(what string, path string, text string) (string, error) {
  switch what {
  case "add":
    if err := add(path, text); err != nil { return "", err }
    fallthrough
  case "read":
    all, err := os.ReadFile(path)
    return string(all), err
  case "list":
    entries, err := os.ReadDir(path)
    names := []string{}
    for _, e := range entries { names = append(names, e.Name()) }
    return strings.Join(names, ","), err
  case "link":
    return "", os.Symlink(text, path)
  case "room":
    var s syscall.Statfs_t
    err := syscall.Statfs(path, &s)
    return fmt.Sprint(int64(s.Blocks) * int64(s.Bsize)), err
  case "owner":
    info, err := os.Lstat(path)
    if err != nil { return "", err }
    s := info.Sys().(*syscall.Stat_t)
    return fmt.Sprintf("%d:%d", s.Uid, s.Gid), nil
  }
  return os.Getenv("PLUVIA_INSTANCE"), nil
}
func main() {
  a := append(os.Args[1:], "", "", "")
  switch a[0] {
  case "ends": os.Exit(1)
  case "hangs": for { time.Sleep(time.Hour) }
  case "add":
    if err := add(a[1], a[2]); err != nil { fmt.Println("refused") }
    all, _ := os.ReadFile(a[1])
    fmt.Printf("holds:%s.\\n", all)
    return
  }
  data := os.Getenv("DATA")
  release := os.Getenv("PLUVIA_RELEASE")
  asked := make(chan os.Signal, 1)
  signal.Notify(asked, syscall.SIGTERM)
  go func() {
    <-asked
    for os.Getenv("STUBBORN") != "" { add(data + "/life", "."); time.Sleep(time.Millisecond) }
    if data != "" { add(data + "/life", "-"); time.Sleep(300 * time.Millisecond); add(data + "/life", release + ">") }
    os.Exit(0)
  }()
  if data != "" { add(data + "/life", "<" + release) }
  panic(http.ListenAndServe(":"+os.Getenv("PORT"), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
    q := r.URL.Query()
    said, err := do(r.URL.Path[1:], q.Get("path"), q.Get("text"))
    if err != nil { said = err.Error(); if parts := strings.Split(said, ": "); len(parts) > 1 { said = parts[len(parts)-1] } }
    fmt.Fprint(w, said)
  })))
}
`;

/** What is in an image beside the program. */
export interface ImageContent {
  /** Of the image: `USER`. */
  readonly user?: string;
  /** `VOLUME`s. */
  readonly volumes?: readonly string[];
  readonly entries?: readonly (Pick<Header, "name"> & Partial<Header> & { readonly text?: string })[];
}
/** Makes images for tests with podman, without any registry. */
export interface ImageMaker {
  /** For whoever runs podman. */
  readonly environment: Record<string, string | undefined>;
  podman(...args: readonly string[]): { readonly status: number | null; readonly out: string };
  /** Answers its name. */
  make(name: string, content?: ImageContent): Promise<string>;
  close(): void;
}

const users: NonNullable<ImageContent["entries"]> = [
  { name: "etc/passwd", text: "root:x:0:0::/:/bin/sh\napp:x:999:998::/:/bin/sh\nother:x:1001:1001::/:/bin/sh\n" },
  { name: "etc/group", text: "root:x:0:\napp:x:998:\nother:x:1001:\n" },
  { name: "tmp", type: "directory", mode: 0o1777 },
];

/** A text: why images cannot be made here. */
export function imageMaker(): ImageMaker | string {
  const why = noImages(["podman", "runc", "go"]);
  if (why !== "") return why;
  const folder = mkdtempSync(join(tmpdir(), "pluvia-images-"));
  const environment = { ...process.env, CONTAINERS_CONF: frugalSettings(folder) };
  const run = (name: string, args: readonly string[], more = {}) =>
    spawnSync(name, args, { env: environment, timeout: 300_000, encoding: "utf8", ...more });
  writeFileSync(join(folder, "main.go"), program);
  const go = { cwd: folder, env: { ...environment, CGO_ENABLED: "0", GO111MODULE: "off" } };
  const built = run("go", ["build", "-trimpath", "-o", "server", "main.go"], go);
  if (built.status !== 0) throw new Error(`the test's program cannot be built: ${built.stderr}`);
  const made: string[] = [];
  const podman: ImageMaker["podman"] = (...args) => {
    const { status, stdout, stderr } = run("podman", args);
    return { status, out: `${stdout}${status === 0 ? "" : stderr}`.trim() };
  };
  return {
    environment,
    podman,
    async make(name, { user, volumes = [], entries = [] } = {}) {
      const archive = pack();
      archive.entry({ name: "server", mode: 0o755 }, readFileSync(join(folder, "server")));
      for (const { text, ...header } of [...users, ...entries])
        text === undefined ? archive.entry(header) : archive.entry(header, text);
      archive.finalize();
      const chunks: Buffer[] = [];
      for await (const chunk of archive as AsyncIterable<Buffer>) chunks.push(chunk);
      const file = join(folder, "image.tar");
      writeFileSync(file, Buffer.concat(chunks));
      const reference = `localhost/pluvia-test-${name}:1`;
      const changes = [
        'CMD ["/server"]',
        ...(user ? [`USER ${user}`] : []),
        ...volumes.map((v) => `VOLUME ${JSON.stringify([v])}`),
      ];
      const { status, out } = podman("import", "--quiet", ...changes.flatMap((c) => ["--change", c]), file, reference);
      if (status !== 0) throw new Error(`the test's image cannot be made: ${out}`);
      // By what it is: the next of this name takes the name.
      made.push(out.split("\n").at(-1) ?? reference);
      return reference;
    },
    close() {
      if (made.length > 0) podman("rmi", "--force", ...made);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const imageArtifact = (reference: string) => ({ kind: "image", reference, digest: null, command: null, variables: {} });
