import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { BuildOrder, BuildReport } from "../../shared/contract/agent.ts";
import { temporaryDirectory } from "../temporary-directory.ts";
import { orderFor, runBuilder } from "./build.ts";
import { type BuildPlatform, startBuildPlatform } from "./build-platform.ts";
import { type GitServer, makeRepository, startGitServer } from "./git-server.ts";

export interface Outcome {
  readonly reports: readonly BuildReport[];
  readonly result: NonNullable<BuildReport["result"]> | undefined;
  readonly log: string;
  readonly findings: NonNullable<BuildReport["findings"]>;
  readonly proposal: BuildReport["proposal"];
  readonly cache: string | undefined;
  readonly steps: NonNullable<BuildReport["steps"]>;
  readonly exitCode: number | null;
  readonly errors: string;
}

/** A git server, a platform to report to and a folder for caches, for tests that run the real builder. */
export interface BuilderWorld {
  readonly folder: string;
  readonly cache: string;
  readonly platform: BuildPlatform;
  readonly git: GitServer;
  /** Makes a repository of the files; answers its folder and its URL. */
  repository(files: Readonly<Record<string, string | Buffer>>): { folder: string; url: string };
  /** Builds as a new component unless one is given. */
  build(
    source: BuildOrder["source"],
    given?: Partial<BuildOrder>,
    environment?: Record<string, string>,
    user?: number,
  ): Promise<Outcome>;
  close(): Promise<void>;
}

const outcomeOf = (reports: readonly BuildReport[], ran: { exitCode: number | null; errors: string }): Outcome => {
  return {
    reports,
    result: reports.findLast((report) => report.result !== undefined)?.result,
    log: reports
      .flatMap((report) => report.lines ?? [])
      .map((line) => line.text)
      .join("\n"),
    findings: reports.flatMap((report) => report.findings ?? []),
    proposal: reports.findLast((report) => report.proposal !== undefined)?.proposal,
    cache: reports.findLast((report) => report.cache !== undefined)?.cache,
    steps: reports.findLast((report) => report.steps !== undefined)?.steps ?? [],
    ...ran,
  };
};

let components = 0;
export const newComponent = (): NonNullable<BuildOrder["component"]> =>
  `cmp_${String(++components).padStart(16, "0")}` as NonNullable<BuildOrder["component"]>;

export const startBuilderWorld = async (): Promise<BuilderWorld> => {
  const temporary = await temporaryDirectory();
  const repositories = join(temporary.path, "repositories");
  mkdirSync(repositories);
  const [platform, git] = await Promise.all([startBuildPlatform(), startGitServer(repositories)]);
  const cache = join(temporary.path, "cache");
  let count = 0;
  return {
    folder: temporary.path,
    cache,
    platform,
    git,
    repository: (files) => {
      const name = `r${++count}`;
      makeRepository(join(repositories, name), files);
      return { folder: join(repositories, name), url: `${git.url}/${name}` };
    },
    build: async (source, given = {}, environment = {}, user = undefined) => {
      const order = orderFor(platform, { source, component: newComponent(), ...given });
      const ran = await runBuilder(order, { cache, environment, ...(user === undefined ? {} : { user }) });
      return outcomeOf(platform.reportsOf(order.id), ran);
    },
    close: async () => {
      await Promise.all([platform.close(), git.close()]);
      await temporary.remove();
    },
  };
};
