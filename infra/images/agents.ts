// npm run image: the agents' image as an OCI archive, dist/agents.tar or what is given, without a container tool.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import path from "node:path";
import { version } from "../../shared/contract/version.ts";
import { architecture, bundled, project } from "./bundled.ts";
import { memoryEnvironment, memoryFlags } from "./memory-flags.ts";
import { type Files, ociArchive } from "./oci.ts";

const [out = path.join(project, "dist/agents.tar")] = process.argv.slice(2);
const name = process.env.PLUVIA_AGENTS_IMAGE ?? `ghcr.io/pluvia/agents:${version}`;
const node = realpathSync(path.join(project, "node_modules/node/bin/node"));

/** Loaded by the C library when a name is looked up; the linker does not name them. */
const resolvers = ["libnss_dns.so.2", "libnss_files.so.2", "libresolv.so.2"];

/** `libm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x…)`, `/lib64/ld-linux-x86-64.so.2 (0x…)`: where each is to be found. */
function librariesOf(program: string): string[] {
  const said = execFileSync("ldd", [program], { encoding: "utf8" });
  const linked = said.split("\n").flatMap((line) => /(\/\S+) \(0x/.exec(line)?.[1] ?? []);
  const beside = path.dirname(linked.find((each) => each.includes("/libc.so")) ?? "/lib/libc.so");
  return [...linked, ...resolvers.map((each) => path.join(beside, each))];
}

/** All that Node needs of a machine. There is no shell and no other program in the image. */
function runtime(): Files {
  const libraries = librariesOf(node).map((file) => [file.slice(1), { content: readFileSync(file), executable: true }] as const);
  return {
    "usr/local/bin/node": { content: readFileSync(node), executable: true },
    ...Object.fromEntries(libraries),
    "etc/passwd": { content: "root:x:0:0:root:/:/sbin/nologin\npluvia:x:10001:10001:pluvia:/var/lib/pluvia:/sbin/nologin\n" },
    "etc/group": { content: "root:x:0:\npluvia:x:10001:\n" },
    "etc/nsswitch.conf": { content: "hosts: files dns\n" },
  };
}

/** Only what agents of a cluster load: those of one machine have parts of native code, and are never asked for here. */
const program = async (): Promise<Files> => ({
  ...(await bundled("edge-agents/main.ts", "dist/agents")),
  "app/status.proto": { content: readFileSync(path.join(project, "edge-agents/status/status.proto")) },
});

const archive = ociArchive({
  name,
  architecture,
  layers: [runtime(), await program()],
  config: {
    User: "10001:10001",
    Env: [
      "PATH=/usr/local/bin",
      "NODE_ENV=production",
      "HOME=/var/lib/pluvia",
      ...Object.entries(memoryEnvironment).map(([name, value]) => `${name}=${value}`),
    ],
    Entrypoint: ["/usr/local/bin/node"],
    Cmd: [...memoryFlags, "/app/main.mjs"],
    WorkingDir: "/",
    StopSignal: "SIGTERM",
    Labels: { "org.opencontainers.image.version": version, "org.opencontainers.image.licenses": "Apache-2.0" },
  },
});
mkdirSync(path.dirname(out), { recursive: true });
writeFileSync(out, archive);
console.log(`${name} in ${path.relative(process.cwd(), out)} (${Math.round(archive.length / 2 ** 20)} MiB)`);
