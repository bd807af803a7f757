import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { GitCredential } from "../../shared/contract/source.ts";
import { BuildFailure } from "../../shared/domain/build/failure.ts";
import { parseGitUrl } from "../../shared/domain/build/git-url.ts";
import { checkout } from "./checkout.ts";
import { type BuildContext, type FetchedSource, leftMs } from "./context.ts";
import type { Remote } from "./git.ts";
import { resolveAllowed } from "./resolve.ts";
import { fetchUpload } from "./upload.ts";

interface Wanted {
  readonly remote: Remote;
  readonly addresses: readonly string[];
  readonly credential: GitCredential | null;
  readonly ref: string | null;
}

const wantedGit = async (context: BuildContext, url: string, ref: string | null): Promise<Wanted> => {
  const remote = parseGitUrl(url);
  const addresses = await resolveAllowed(remote.host, context.order.privateHostsAllowed);
  return { remote, addresses, credential: context.order.credential, ref };
};

/** The platform's own repository of the component: its address comes from the platform, not from a person. */
const wantedPush = (context: BuildContext, commit: string | null): Wanted => {
  const { sourceUrl, token } = context.order;
  if (sourceUrl === null)
    throw new BuildFailure("repository.empty", "Nothing was pushed to the component's repository yet.", "Push a commit to it.");
  if (sourceUrl.startsWith("file:"))
    return { remote: { kind: "file", url: fileURLToPath(sourceUrl) }, addresses: [], credential: null, ref: commit };
  return { remote: parseGitUrl(sourceUrl), addresses: [], credential: { kind: "token", username: "build", token }, ref: commit };
};

const fetchGit = async (context: BuildContext, wanted: Wanted): Promise<FetchedSource> => {
  const { order, cache, log } = context;
  const temporary = join(cache.root, "git-run");
  const folder = join(cache.root, "source");
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true, mode: 0o700 });
  try {
    const found = await checkout(
      {
        remote: wanted.remote,
        addresses: wanted.addresses,
        credential: wanted.credential,
        temporary,
        gitFolder: join(cache.root, "git"),
        workTree: folder,
        limits: { timeoutMs: leftMs(context), sourceBytes: order.limits.sourceBytes },
        signal: context.signal,
        onLine: (line) => log.write("err", line),
      },
      wanted.ref,
    );
    return { folder, commit: found.commit, branches: found.branches, name: wanted.remote.url, moved: found.moved };
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
};

/** The source's files in a folder of the cache. Nothing of the source runs here. @throws BuildFailure. */
export const fetchSource = async (context: BuildContext): Promise<FetchedSource> => {
  const { source } = context.order;
  switch (source.kind) {
    case "git":
      return fetchGit(context, await wantedGit(context, source.url, source.ref ?? null));
    case "push":
      return fetchGit(context, wantedPush(context, source.commit ?? null));
    case "upload":
      return fetchUpload(context);
    case "image":
      throw new BuildFailure("source.image", "An image is not built.", "Deploy the image as it is.");
  }
};
