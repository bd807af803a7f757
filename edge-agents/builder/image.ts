import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { Architecture } from "../../shared/contract/release.ts";
import { dockerfileName } from "../../shared/domain/build/detect/dockerfile.ts";
import { parseDockerfile } from "../../shared/domain/build/dockerfile.ts";
import { containersStart, imageFailure, missingProgram } from "../../shared/domain/build/image-failure.ts";
import { ImageConfig } from "../../shared/domain/image/manifest.ts";
import type { SourceTree } from "../../shared/domain/build/source-tree.ts";
import { freshWorkspace } from "./build.ts";
import type { BuildContext } from "./context.ts";
import { directoryTree } from "./directory-tree.ts";
import type { OpenWorkspace } from "./environment.ts";
import { type ImageRan, type ImageTool, imageTool } from "./image-tool.ts";
import { watchMemory } from "./memory.ts";
import { type Packed, packSlug } from "./pack.ts";
import { imagePart } from "./slug.ts";

const exec = promisify(execFile);

export interface BuiltImage {
  readonly archive: string;
  readonly packed: Packed;
  /** Digest of the image's configuration: what container tools call its id. */
  readonly id: string;
  /** A Dockerfile may ask for another one than this machine's. */
  readonly architecture: string | undefined;
}

/** Plain variables that the Dockerfile asks for: an argument stays readable in the image's history. */
export const buildArguments = (order: Pick<BuildContext["order"], "variables" | "plain">, names: readonly string[]): string[] =>
  names.flatMap((name) => {
    const value = order.plain?.includes(name) ? order.variables[name] : undefined;
    return value === undefined ? [] : ["--build-arg", `${name}=${value}`];
  });

const name = "localhost/pluvia-build";

/** Asked of the machine, not read from a program's output, which could say anything to be isolated less. */
const startsContainers = async (tool: ImageTool, workspace: OpenWorkspace, isolation: readonly string[]): Promise<boolean> => {
  const folder = join(workspace.out, "probe");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "Dockerfile"), `FROM scratch\nRUN ["${missingProgram}"]\n`);
  return containersStart((await tool.run(["build", ...isolation, folder], { quiet: true })).lines);
};

const buildWith = async (
  context: BuildContext,
  made: { tool: ImageTool; workspace: OpenWorkspace; tree: SourceTree },
): Promise<string> => {
  const { tool, workspace, tree } = made;
  const file = dockerfileName(tree);
  const dockerfile = tree.read(file) ?? "";
  const idFile = join(workspace.out, "image-id");
  const credentials = join(workspace.home, "auth.json");
  writeFileSync(credentials, "{}");
  const given = buildArguments(context.order, parseDockerfile(dockerfile).argumentNames);
  const argumentsFor = (isolation: readonly string[]): readonly string[] => [
    "build",
    ...isolation,
    "--layers",
    "--format",
    "oci",
    // Nothing of when and with what it was built goes into the image.
    "--timestamp",
    "0",
    "--identity-label=false",
    "--authfile",
    credentials,
    "--ulimit",
    `fsize=${context.order.limits.slugBytes * 2}`,
    ...given,
    "--iidfile",
    idFile,
    "--tag",
    name,
    "--file",
    join(workspace.app, file),
    workspace.app,
  ];
  context.log.say(`$ buildah build --file ${file} .`);
  const memory = watchMemory();
  let ran: ImageRan | undefined;
  for (const isolation of tool.isolations) {
    if (ran) context.log.say("Containers cannot be started as usual on this machine: building with less isolation.");
    ran = await tool.run(argumentsFor(isolation));
    if (ran.exitCode === 0) return readFileSync(idFile, "utf8").trim();
    if (!ran.step?.text.startsWith("RUN") || (await startsContainers(tool, workspace, isolation))) break;
  }
  const starved = memory.failure({ step: ran?.step?.text ?? file, exitCode: ran?.exitCode ?? null });
  if (starved) throw starved;
  throw imageFailure({
    name: file,
    dockerfile,
    lines: ran?.lines ?? [],
    step: ran?.step ?? null,
    exitCode: ran?.exitCode ?? null,
  });
};

const architectureIn = (folder: string, id: string): string | undefined => {
  const { architecture } = ImageConfig.parse(JSON.parse(readFileSync(join(folder, "blobs", ...id.split(":")), "utf8")));
  return Architecture.safeParse(architecture).data;
};

/** The image as a gzipped OCI archive; its layers are stored plain, so that pieces packed before are found again. */
const exported = async (
  context: BuildContext,
  made: { tool: ImageTool; workspace: OpenWorkspace; id: string },
): Promise<BuiltImage> => {
  const { tool, workspace, id } = made;
  const folder = join(workspace.out, "image");
  const pushed = await tool.run(["push", "--quiet", "--disable-compression", id, `oci:${folder}`], { quiet: true });
  if (pushed.exitCode !== 0)
    throw imageFailure({ name: "The image", dockerfile: "", lines: pushed.lines, step: null, exitCode: pushed.exitCode });
  const archive = join(context.cache.root, "image.tar.gz");
  const packed = await packSlug([imagePart(context, folder)], {
    path: archive,
    limitBytes: context.order.limits.slugBytes,
  });
  return { archive, packed, id, architecture: architectureIn(folder, id) };
};

/** What earlier builds left and this one does not use. */
const tidy = async (context: BuildContext, tool: ImageTool): Promise<void> => {
  if (!context.cache.temporary && !context.signal.aborted) await tool.run(["rmi", "--prune"], { quiet: true });
};

/** Builds the Dockerfile of a source. @throws BuildFailure. */
export const buildImage = async (context: BuildContext, source: string): Promise<BuiltImage> => {
  const { steps } = context;
  const workspace = await freshWorkspace(context, source);
  rmSync(join(workspace.app, ".git"), { recursive: true, force: true });
  // Modes go into the image as they are: not those of whoever cloned.
  await exec("chmod", ["-R", "u=rwX,go=rX", "--", workspace.app]);
  const tool = imageTool(context, workspace);
  try {
    // Containers that an ended build left half made.
    await tool.run(["rm", "--all"], { quiet: true });
    const id = await steps.run("build", () => buildWith(context, { tool, workspace, tree: directoryTree(source) }));
    return await steps.run("pack", () => exported(context, { tool, workspace, id }));
  } finally {
    await tidy(context, tool);
    rmSync(join(workspace.out, "image"), { recursive: true, force: true });
  }
};
