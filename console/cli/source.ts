import { createHash } from "node:crypto";
import { createReadStream, openAsBlob } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { apiErrorOf, unreachableError } from "../../shared/client/api-error.ts";
import type { GitCredential, Source } from "../../shared/contract/source.ts";
import { type Demo, demos, demoUrl } from "../../shared/domain/demos.ts";
import { nameFrom, nameOfSource } from "../../shared/domain/name.ts";
import type { Context } from "./context.ts";
import { otherNames } from "./did-you-mean.ts";
import { UsageError } from "./failure.ts";
import { bytes } from "./text.ts";

/** How a command line names a source. `folder` is the positional argument. */
export interface SourceOptions {
  readonly git?: string;
  readonly branch?: string;
  readonly dir?: string;
  readonly image?: string;
  readonly demo?: string;
  readonly push?: boolean;
  readonly token?: string;
  readonly sshKey?: string;
}

/** Sends a folder as it is now, or an archive, to the platform; the answer is a source. */
export async function uploadFolder(context: Context, folder: string, directory: string | undefined): Promise<Source> {
  const { packSource } = await import("./pack.ts");
  const root = resolve(folder);
  const packed = await packSource(root);
  try {
    for (const path of packed.left)
      context.output.warn(`left out ${path}: it is no plain file, or a link that leads out of the folder`);
    context.output.note(`Sending ${packed.files} ${packed.files === 1 ? "file" : "files"}, ${bytes(packed.sizeBytes)} packed …`);
    const { upload, ...request } = await context.client.uploadCreate({
      body: {
        fileName: packed.file === root ? basename(root) : `${basename(root) || "source"}.tar.gz`,
        sizeBytes: packed.sizeBytes,
        digest: await digestOf(packed.file),
      },
    });
    await put(request, packed.file);
    await context.client.uploadComplete({ params: { upload } });
    return { kind: "upload", upload, ...(directory && { directory }) };
  } finally {
    await packed.remove();
  }
}

async function digestOf(file: string): Promise<`sha256:${string}`> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return `sha256:${hash.digest("hex")}`;
}

async function put({ url, headers }: { url: string; headers: Record<string, string> }, file: string): Promise<void> {
  const answer = await fetch(url, { method: "PUT", headers, body: await openAsBlob(file) }).catch((error: unknown) => {
    throw unreachableError(new URL(url).origin, error);
  });
  const text = await answer.text();
  if (answer.ok) return;
  throw apiErrorOf({ status: answer.status, statusText: answer.statusText, text, retryAfter: answer.headers.get("retry-after") });
}

export async function credentialOf(
  options: SourceOptions,
  env: NodeJS.ProcessEnv = process.env,
): Promise<GitCredential | undefined> {
  if (options.sshKey) return { kind: "ssh-key", privateKey: await readFile(options.sshKey, "utf8") };
  const token = options.token ?? (options.git ? env.PLUVIA_GIT_TOKEN : undefined);
  return token ? { kind: "token", username: "git", token } : undefined;
}

const directoryOf = ({ dir }: SourceOptions) => (dir ? { directory: dir } : {});

function demoNamed(name: string): Demo {
  const found = demos.find((each) => each === name);
  if (found) return found;
  throw new UsageError(`There is no demo "${name}".`, otherNames(name, demos, ""));
}

/** What the source is called by what names it; undefined when nothing does. */
export function titleOf(folder: string | undefined, { git, image, demo, push }: SourceOptions): string | undefined {
  if (git) return nameOfSource({ kind: "git", url: git });
  if (image) return nameOfSource({ kind: "image", image });
  if (demo) return demo;
  return folder !== undefined || push ? nameFrom(basename(resolve(folder ?? "."))) : undefined;
}

/** A flag that says nothing of this kind of source is not passed over. */
function assertTakes({ git, image, branch, token, sshKey, dir }: SourceOptions): void {
  const ofGit = Object.entries({ "--branch": branch, "--token": token, "--ssh-key": sshKey }).find(
    ([, value]) => value !== undefined,
  );
  if (!git && ofGit)
    throw new UsageError(`${ofGit[0]} goes with --git.`, "Leave it out, or give the repository's address with --git.");
  if (image && dir !== undefined)
    throw new UsageError("--dir goes with a source that is built, and not with --image.", "Leave it out.");
}

/** The source that the flags name; undefined when they name none. */
export async function sourceOf(
  context: Context,
  folder: string | undefined,
  options: SourceOptions,
): Promise<Source | undefined> {
  const named = [
    options.git && "--git",
    options.image && "--image",
    options.demo && "--demo",
    options.push && "--push",
    folder !== undefined && "a folder",
  ].filter(Boolean);
  if (named.length > 1) throw new UsageError(`${named.join(" and ")} name different sources.`, "Give one of them.");
  if (named.length === 1) assertTakes(options);
  if (options.git)
    return { kind: "git", url: options.git, ...(options.branch && { ref: options.branch }), ...directoryOf(options) };
  if (options.demo) return { kind: "git", url: demoUrl(context.url, demoNamed(options.demo)), ...directoryOf(options) };
  if (options.image) return { kind: "image", image: options.image };
  if (options.push) return { kind: "push", ...directoryOf(options) };
  if (folder !== undefined) return uploadFolder(context, folder, options.dir);
  return undefined;
}
