// npm run image:builder [-- package …]: the builder's image as an OCI archive, dist/builder.tar, without a container tool or a registry: of the
// Debian packages that this machine has.
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import path from "node:path";
import { version } from "../../shared/contract/version.ts";
import { slugUser } from "../../shared/domain/image/compose.ts";
import { architecture, bundled, project } from "./bundled.ts";
import { debianFiles, filesAt, folderAt, phpSettings } from "./debian.ts";
import { type Files, ociArchive, shared } from "./oci.ts";

/** Without these nothing is built. */
const always = [
  "libc6",
  // Has the locale C.UTF-8: without it Java and Ruby read text as ASCII.
  "libc-bin",
  "libstdc++6",
  "bash",
  "dash",
  "coreutils",
  "findutils",
  "grep",
  "sed",
  "gzip",
  "tar",
  "xz-utils",
  "unzip",
  "ca-certificates",
  "git",
  "openssh-client",
];
/** What languages are built with, where this machine has it. */
const languages = [
  "python3",
  "python3-pip",
  "python3-venv",
  "java-sdk-headless",
  "maven",
  "gradle",
  "php-cli",
  "php-curl",
  "php-mbstring",
  "php-xml",
  "php-zip",
  "composer",
  "ruby",
  // Gems with parts in C are compiled where they are installed.
  "ruby-dev",
  "bundler",
  "golang-go",
  "build-essential",
  // Dockerfiles, where the chart's value builds.podSecurity lets them be built.
  "buildah",
  "uidmap",
];
/** Where Go's own archive is unpacked; Debian's is in the packages. */
const goRoot = "/usr/local/go";

const asked = process.argv.slice(2);
const out = process.env.PLUVIA_BUILDER_ARCHIVE ?? path.join(project, "dist/builder.tar");
const name = process.env.PLUVIA_BUILDER_IMAGE ?? `ghcr.io/pluvia/builder:${version}`;
const npm = "/usr/lib/node_modules/npm";

const wanted = asked.length > 0 ? asked : languages;
const { files, missing } = debianFiles([...always, ...wanted]);
const takesGo = wanted.includes("golang-go") && !("usr/bin/go" in files) && existsSync(goRoot);
/**
 * They give a builder the users that are set aside for it: CAP_SETUID and CAP_SETGID on the files, as what is setuid would be another user than the one whose
 * namespace it is. In restricted pods they are as any program.
 */
const mappers: Files = Object.fromEntries(
  Object.entries({ "usr/bin/newuidmap": 7, "usr/bin/newgidmap": 6 }).flatMap(([place, capability]) => {
    const file = files[place];
    return typeof file === "object" && "content" in file ? [[place, { ...file, capability }]] : [];
  }),
);
const ranges = "builder:100000:65536\n";
const system: Files = {
  ...files,
  ...phpSettings(files),
  ...mappers,
  ...(takesGo && folderAt(goRoot)),
  "etc/subuid": { content: ranges },
  "etc/subgid": { content: ranges },
  ...filesAt("/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/certs/java/cacerts"),
  "usr/local/bin/node": {
    content: readFileSync(realpathSync(path.join(project, "node_modules/node/bin/node"))),
    executable: true,
  },
  ...(existsSync(npm) && { ...folderAt(npm), ...filesAt("/usr/bin/npm", "/usr/bin/npx") }),
  "etc/passwd": { content: `root:x:0:0:root:/root:/bin/sh\nbuilder:x:${slugUser}:${slugUser}:builder:/work/home:/bin/sh\n` },
  "etc/group": { content: `root:x:0:\nbuilder:x:${slugUser}:\n` },
  // Jobs mount one over it; where the image runs what was built, programs expect it.
  tmp: shared,
  "etc/nsswitch.conf": { content: "passwd: files\ngroup: files\nhosts: files dns\n" },
};
/** Read, not loaded, by the builder. */
const beside = ["static-server.mjs", "portable-programs.mjs"];
const program: Files = {
  ...(await bundled("edge-agents/builder/main.ts", "dist/builder")),
  ...Object.fromEntries(
    beside.map((name) => [`app/${name}`, { content: readFileSync(path.join(project, "edge-agents/builder", name)) }]),
  ),
};

const archive = ociArchive({
  name,
  architecture,
  layers: [system, program],
  config: {
    User: `${slugUser}:${slugUser}`,
    Env: [`PATH=/usr/local/bin:/usr/bin:/bin${takesGo ? `:${goRoot}/bin` : ""}`, "LANG=C.UTF-8"],
    Entrypoint: ["/usr/local/bin/node"],
    Cmd: ["/app/main.mjs"],
    WorkingDir: "/",
    Labels: { "org.opencontainers.image.version": version },
  },
});
mkdirSync(path.dirname(out), { recursive: true });
writeFileSync(out, archive);
console.log(`${name} in ${path.relative(process.cwd(), out)} (${Math.round(archive.length / 2 ** 20)} MiB)`);
if (!existsSync(npm)) console.log("Without npm: this machine has none in /usr/lib/node_modules.");
for (const each of missing.filter((name) => !(takesGo && name === "golang-go")))
  console.log(`Without ${each}: it is not installed on this machine.`);
