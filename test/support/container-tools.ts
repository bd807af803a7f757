import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** For machines whose kernel or container gives podman less than it expects by itself. */
const frugal = `[containers]
default_ulimits=["nofile=1024:1024","nproc=1024:1024"]
[engine]
runtime="runc"
cgroup_manager="cgroupfs"
events_logger="file"
`;

const works = (program: string, ...args: string[]): boolean =>
  spawnSync(program, args, { stdio: "ignore", timeout: 60_000 }).status === 0;

/** Why images cannot be built here with a program of the test's own; "" when they can. */
export const noImages = (tools: readonly ("buildah" | "podman" | "runc" | "go")[]): string => {
  const missing = tools.find((tool) => !works(tool, tool === "go" ? "version" : "--version"));
  if (missing) return `${missing} is not installed`;
  return process.getuid?.() === 0 || works("which", "newuidmap") ? "" : "newuidmap is not installed";
};

/** Settings for podman and buildah that small machines bear: the value of CONTAINERS_CONF. */
export const frugalSettings = (folder: string): string => {
  const file = join(folder, "containers.conf");
  writeFileSync(file, frugal);
  return file;
};

/** Listens on PORT and tells of itself; with arguments it does one thing and ends, for RUN. */
const program = `package main
import ("fmt"; "net/http"; "os"; "os/signal"; "strings"; "syscall"; "time")
func main() {
  if len(os.Args) > 2 { one(os.Args[1], os.Args[2]); return }
  fmt.Println("up on", os.Getenv("PORT"))
  c := make(chan os.Signal, 1); signal.Notify(c, syscall.SIGTERM)
  go func() { <-c; fmt.Println("asked to end"); os.Exit(0) }()
  panic(http.ListenAndServe(":"+os.Getenv("PORT"), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
    d, _ := os.Getwd(); b, _ := os.ReadFile("/made")
    fmt.Fprintf(w, "%s|%s|%d|%s|%s|%s", os.Getenv("FROM_IMAGE"), os.Getenv("GREETING"), os.Getuid(), d, strings.TrimSpace(string(b)), strings.Join(os.Args[1:], " "))
  })))
}
func one(what string, with string) {
  switch what {
  case "write": os.WriteFile("/made", []byte(with), 0644)
  case "args": fmt.Println("saw", os.Getenv("WORD"), os.Getenv("TOKEN"), "end")
  case "list": entries, err := os.ReadDir(with); fmt.Println("listed", len(entries), err)
  case "fail": fmt.Println("no good"); os.Exit(7)
  case "sleep": fmt.Println("sleeping"); time.Sleep(time.Hour)
  }
}`;

/** The program, linked so that it runs in an image that has nothing else; made once per test file. */
export const staticProgram = (): Buffer => {
  const folder = mkdtempSync(join(tmpdir(), "pluvia-program-"));
  try {
    writeFileSync(join(folder, "main.go"), program);
    const built = spawnSync("go", ["build", "-trimpath", "-ldflags=-s -w -buildid=", "-o", "server", "main.go"], {
      cwd: folder,
      env: { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-mod=mod", GO111MODULE: "off" },
    });
    if (built.status !== 0) throw new Error(String(built.stderr));
    return readFileSync(join(folder, "server"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** A folder with the storage of an ordinary user's images: some of it only that user's namespace may remove. */
export const removeWithImages = (folder: string): void => {
  if (process.getuid?.() !== 0) spawnSync("buildah", ["unshare", "--", "rm", "-rf", "--", folder], { stdio: "ignore" });
  rmSync(folder, { recursive: true, force: true });
};
