import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, isAbsolute, join, relative } from "node:path";
import { shellQuote } from "../../base/shell-quote.ts";
import type { Capability } from "../../contract/data-center.ts";
import { intoRoot, type Mount, type OwnRoot, type User, withRoot } from "./own-root.ts";
import { tool } from "./tool.ts";

/** What a program may see of the machine's files and processes. */
export interface Confinement {
  /** Directories that look empty to it, except for what `show` names below them. */
  readonly hide: readonly string[];
  readonly show: readonly { readonly path: string; readonly writable: boolean }[];
  /** Mounts that it may look at, but not change. */
  readonly readOnly: readonly string[];
  /** Its own /tmp; null: the machine's. */
  readonly temporary: string | null;
  /** Where it starts. */
  readonly directory: string;
  readonly tenant: string;
  /** A root of its own, with what it has mounted; without, the machine's. */
  readonly ownRoot?: OwnRoot;
}
/** `rooted`: the process, by its number within, that made the program's own root; null when it has none. */
export interface Entry extends Pick<Confinement, "directory" | "tenant"> {
  readonly rooted: number | null;
}
/** A program to start, and the file its environment is read from (see `environmentScript`), which is removed by that. */
export interface Program {
  readonly argv: readonly string[];
  readonly environmentFile: string;
}

/**
 * Namespaces of Linux through util-linux, as far as the machine allows them. Without them every program runs as it stands: everything
 * works, but nothing keeps one from another's files. The network is never confined.
 */
export interface Sandbox {
  readonly kind: "none" | "user-namespace" | "root";
  readonly capability: Capability;
  /**
   * The arguments that start a program confined. The first process stays outside: its end is the program's, a signal to its group reaches both.
   * Start them with an environment of the platform's: the program's own could turn what runs before it is confined (LD_PRELOAD).
   */
  wrap(program: Program, confinement: Confinement): readonly string[];
  /** The arguments that start a program beside one that was started with `wrap`; `inside` is a process of that one. */
  enter(program: Program, inside: number, where: Entry): readonly string[];
  /** Who must own the files a tenant's program writes; null: whoever we are. */
  owner(tenant: string): number | null;
}

/** Where people keep keys: no application has any business there, though it runs as the same user. */
const secretPlaces = [
  ".ssh",
  ".aws",
  ".gnupg",
  ".kube",
  ".docker",
  ".config/gcloud",
  ".config/gh",
  ".netrc",
  ".npmrc",
  ".git-credentials",
  ".pgpass",
];

/** Shells know the descriptors 3 to 9 by one digit. */
const showMax = 7;
const firstDescriptor = 3;

const isBelow = (path: string, directory: string): boolean => {
  const way = relative(directory, path);
  return way === "" || !(way.startsWith("..") || isAbsolute(way));
};
const mount = tool("mount");
const cover = (path: string): string =>
  statSync(path).isDirectory()
    ? `${mount} -t tmpfs -o mode=755,size=64k tmpfs ${shellQuote(path)}`
    : `${mount} --bind /dev/null ${shellQuote(path)}`;

/** What `environmentFile` holds. */
export const environmentScript = (variables: Readonly<Record<string, string>>): string =>
  Object.entries(variables)
    .map(([name, value]) => `export ${name}=${shellQuote(value)}\n`)
    .join("");
/** The last thing before the program, when all privileges are gone. */
const beginning = (program: Program, directory: string): string[] => [
  "/bin/sh",
  "-c",
  `. "$1"; ${tool("rm")} -f "$1" 2>/dev/null; cd "$2" || exit 126; shift 2; exec "$@"`,
  "sh",
  program.environmentFile,
  directory,
  ...program.argv,
];

/**
 * Run by the first process of the new namespaces, which stays as their init. What is shown is held open while its surroundings are covered and
 * then bound back from there: libmount must not make a path of it again (`-c`).
 */
function scriptFor({ hide, show, readOnly, temporary }: Confinement, masked: readonly string[]): string {
  const held = show.slice(0, showMax).map((s, at) => ({ ...s, fd: at + firstDescriptor }));
  const covered = (path: string): boolean => hide.some((h) => isBelow(path, h));
  const back = held
    .filter((s) => covered(s.path))
    .map((s) => `${mount} -c --bind ${s.writable ? "" : "-o ro "}/proc/self/fd/${s.fd} ${shellQuote(s.path)}`);
  return [
    "set -e",
    ...held.map((s) => `exec ${s.fd}<${shellQuote(s.path)}`),
    ...masked.filter((path) => !covered(path)).map(cover),
    ...hide.filter((path) => existsSync(path)).map((path) => `${mount} -t tmpfs -o mode=755,size=4m tmpfs ${shellQuote(path)}`),
    `${tool("mkdir")} -p / ${held
      .filter((s) => covered(s.path))
      .map((s) => shellQuote(s.path))
      .join(" ")}`,
    ...back,
    ...readOnly.map((path) => `${mount} --bind -o ro ${shellQuote(path)} ${shellQuote(path)}`),
    ...(temporary === null ? [] : [`${mount} --bind ${shellQuote(temporary)} /tmp`]),
    ...held.map((s) => `exec ${s.fd}<&-`),
    "cd /",
    "set +e",
    '"$@"',
    "exit $?",
  ].join("\n");
}

/** Something the program needs lies below /tmp, so it keeps the machine's. */
const needsTmp = (c: Confinement): boolean =>
  [...c.hide, dirname(process.execPath), ...c.show.map((s) => s.path)].some((path) => isBelow(path, "/tmp"));
const withTmp = (c: Confinement): Confinement => (needsTmp(c) ? { ...c, temporary: null } : c);

const namespaces = ["--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
const launch =
  (unshare: readonly string[], drop: readonly string[]) =>
  (program: Program, confinement: Confinement): readonly string[] => {
    const masked = secretPlaces.map((name) => join(homedir(), name)).filter((path) => existsSync(path));
    const script = scriptFor(withTmp(confinement), masked);
    return [
      tool("unshare"),
      ...unshare,
      ...namespaces,
      "--",
      "/bin/sh",
      "-c",
      script,
      "sh",
      ...drop,
      ...beginning(program, confinement.directory),
    ];
  };
/**
 * The arguments that start one of the platform's own tools as root of its namespaces, with all its privileges, but without what is hidden.
 * `before` gives an ordinary user such privileges within: `buildah unshare --`.
 */
export const startHiding = (before: readonly string[], program: Program, confinement: Confinement): readonly string[] => [
  ...before,
  ...launch([], [])(program, { ...confinement, temporary: null }),
];
const nsenter = (kinds: readonly string[], inside: number): string[] => [
  tool("nsenter"),
  "--target",
  String(inside),
  ...kinds,
  "--mount",
  "--pid",
  "--",
];

const works = (argv: readonly string[]): boolean => spawnSync(argv[0] ?? "", argv.slice(1), { timeout: 5_000 }).status === 0;

/** Tenants get users that no machine gives to people: 2,000,000,000 upwards would be refused by some tools, below 100,000 are taken. */
const firstUser = 200_000;
const usersMax = 1_000_000;
const userOf = (tenant: string): number => firstUser + [...tenant].reduce((n, c) => (n * 33 + c.charCodeAt(0)) % usersMax, 7);

/** Every directory on the way may be passed by anyone. */
const isOpen = (path: string): boolean =>
  path === dirname(path) ? true : (statSync(path).mode & 0o001) !== 0 && isOpen(dirname(path));

function none(code: string, why: string): Sandbox {
  const message = `Applications run as the platform's own user and can see its files and each other's: run only code you trust. ${why}`;
  return {
    kind: "none",
    capability: { name: "isolation", available: false, code, message },
    wrap: (program) => program.argv,
    enter: (program) => program.argv,
    owner: () => null,
  };
}

const rootOf = ({ ownRoot }: Confinement, user: User): readonly string[] => (ownRoot ? withRoot(ownRoot, user) : []);
const network = "The network is shared.";

function asRoot(needs: readonly string[]): Sandbox {
  const isUserPossible = needs.every(isOpen) && works([tool("setpriv"), "--version"]);
  const without = (kept: string): string[] => [
    tool("setpriv"),
    `--bounding-set=-all${kept}`,
    "--inh-caps=-all",
    "--no-new-privs",
    "--",
  ];
  const harmless = without("");
  /** Linux lets no one else make root a user of a new user namespace, in which this is lost too. */
  const mayBeMapped = without(",+setfcap");
  const drop = (tenant: string): string[] =>
    isUserPossible
      ? [tool("setpriv"), `--reuid=${userOf(tenant)}`, `--regid=${userOf(tenant)}`, "--clear-groups", "--no-new-privs", "--"]
      : harmless;
  const userFor = (tenant: string): User => {
    const id = isUserPossible ? userOf(tenant) : 0;
    return { uid: id, gid: id };
  };
  const [code, user] = isUserPossible
    ? ["isolation.team-user", "as a user of its team's own"]
    : [
        "isolation.as-root",
        "as root without its privileges, because directories that programs need are closed to other users: start the platform as an ordinary user",
      ];
  return {
    kind: "root",
    capability: {
      name: "isolation",
      available: true,
      code,
      message: `Each application sees only its own files and processes, and runs ${user}. ${network}`,
    },
    wrap: (program, c) =>
      launch([], [...(c.ownRoot && !isUserPossible ? mayBeMapped : drop(c.tenant)), ...rootOf(c, userFor(c.tenant))])(program, c),
    enter: (program, inside, { tenant, directory, rooted }) => [
      ...nsenter([], inside),
      ...drop(tenant),
      ...(rooted === null ? [] : intoRoot(rooted, userFor(tenant))),
      ...beginning(program, directory),
    ],
    owner: (tenant) => (isUserPossible ? userOf(tenant) : null),
  };
}

function asUser(uid: number, gid: number): Sandbox {
  const back = [tool("unshare"), "--user", `--map-user=${uid}`, `--map-group=${gid}`, "--"];
  return {
    kind: "user-namespace",
    capability: {
      name: "isolation",
      available: true,
      code: "isolation.own-user",
      message: `Each application sees only its own files and processes. All run as the platform's own user. ${network}`,
    },
    wrap: (program, c) => launch(["--user", "--map-root-user"], [...back, ...rootOf(c, { uid, gid })])(program, c),
    enter: (program, inside, { directory, rooted }) => [
      ...nsenter(["--user", "--preserve-credentials"], inside),
      ...(rooted === null ? back : intoRoot(rooted, { uid, gid })),
      ...beginning(program, directory),
    ],
    owner: () => null,
  };
}

/** Code and words. */
const forbidden: Readonly<Record<"root" | "user", readonly [string, string]>> = {
  root: ["isolation.forbidden-root", "This machine forbids new namespaces."],
  user: [
    "isolation.forbidden-user",
    "This machine forbids user namespaces: allow them (sysctl kernel.unprivileged_userns_clone=1, on Ubuntu kernel.apparmor_restrict_unprivileged_userns=0) to isolate them.",
  ],
};

/**
 * What this machine allows, found out by trying. `hide`: what programs will be kept from. `tools`: directories of programs that
 * applications need.
 */
export function detectSandbox({ hide, tools }: { readonly hide: readonly string[]; readonly tools: readonly string[] }): Sandbox {
  if (process.platform !== "linux") return none("isolation.linux", "Isolation needs Linux.");
  if (!works([tool("unshare"), "--version"]) || !works([tool("nsenter"), "--version"]))
    return none("isolation.tools", "Install util-linux (unshare, nsenter) to isolate them.");
  const uid = process.getuid?.() ?? 0;
  // The hidden directories themselves are covered by ones that are open; what leads to them, and to programs, must be open already.
  const needs = [...hide.map((path) => dirname(path)), ...tools.filter((path) => existsSync(path))];
  const sandbox = uid === 0 ? asRoot(needs) : asUser(uid, process.getgid?.() ?? uid);
  return worksConfined(sandbox, { hide, readOnly: [], before: [] }) ? sandbox : none(...forbidden[uid === 0 ? "root" : "user"]);
}

/** May programs have a root of their own? Found out by trying: it takes user namespaces, of root's platform too. */
export const canMount = (sandbox: Sandbox, hide: readonly string[]): boolean =>
  sandbox.kind !== "none" &&
  worksConfined(sandbox, { hide, readOnly: [], before: [], mounts: [{ kind: "memory", path: "/pluvia/trial", sizeMib: 1 }] });

/** Does a program run so? `before`: arguments in front of all others. */
export function worksConfined(
  sandbox: Sandbox,
  {
    hide,
    readOnly,
    before,
    mounts,
  }: Pick<Confinement, "hide" | "readOnly"> & { readonly before: readonly string[]; readonly mounts?: readonly Mount[] },
): boolean {
  const directory = mkdtempSync(join(tmpdir(), "pluvia-sandbox-"));
  try {
    const environmentFile = join(directory, "environment");
    writeFileSync(environmentFile, "");
    chmodSync(directory, 0o755);
    const show = hide.some((h) => isBelow(directory, h)) ? [{ path: directory, writable: false }] : [];
    const program = { argv: ["/bin/sh", "-c", "exit 0"], environmentFile };
    return works([
      ...before,
      ...sandbox.wrap(program, {
        hide,
        show,
        readOnly,
        temporary: null,
        directory: "/",
        tenant: "trial",
        ...(mounts && { ownRoot: { mounts, app: directory, scaffold: directory } }),
      }),
    ]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
/** Isolation as an operator may switch it off. */
export const noSandbox = (): Sandbox => none("isolation.off", "Isolation is switched off.");
