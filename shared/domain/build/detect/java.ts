import type { Finding } from "../../../contract/source.ts";
import type { BuildPlan, JavaOutput, ToolNeed } from "../build-plan.ts";
import { findFiles, type SourceTree } from "../source-tree.ts";
import { applicationPlan, type Detector, emptyPlan } from "./detector.ts";

const tagOf = (pom: string, tag: string): string | undefined =>
  new RegExp(`<${tag}>\\s*([^<\\s][^<]*?)\\s*</${tag}>`).exec(pom)?.[1];

const javaVersion = (text: string): ToolNeed => {
  const found =
    ["maven.compiler.release", "maven.compiler.target", "java.version", "release"]
      .map((tag) => tagOf(text, tag))
      .find((value) => value !== undefined && /^[\d.]+$/.test(value)) ??
    /languageVersion\s*(?:=|\.set\()\s*JavaLanguageVersion\.of\((\d+)\)/.exec(text)?.[1] ??
    /sourceCompatibility\s*=\s*["']?(?:JavaVersion\.VERSION_)?(\d+)/.exec(text)?.[1];
  const major = found?.replace(/^1\./, "");
  return { tool: "javac", range: major === undefined ? null : `>=${major}`, from: major === undefined ? null : "the build file" };
};

interface Framework {
  readonly name: string;
  readonly pattern: RegExp;
  /** Options that make it listen where it is told. */
  readonly options: string;
  readonly port: number;
}

const frameworks: readonly Framework[] = [
  { name: "Spring Boot", pattern: /spring-boot/, options: "-Dserver.port=$PORT", port: 8080 },
  { name: "Quarkus", pattern: /quarkus/, options: "-Dquarkus.http.host=0.0.0.0 -Dquarkus.http.port=$PORT", port: 8080 },
  { name: "Micronaut", pattern: /micronaut/, options: "-Dmicronaut.server.port=$PORT", port: 8080 },
];

const frameworkOf = (text: string): Framework | undefined => frameworks.find((each) => each.pattern.test(text));

/** How a program takes a port is its own matter where no framework says it. */
const commandFor = (archive: string, framework: Framework | undefined): string =>
  framework ? `java ${framework.options} -jar ${archive}` : `java -jar ${archive}`;

const properties = (tree: SourceTree): number | null => {
  const text = tree.read("src/main/resources/application.properties") ?? "";
  const found = /^\s*server\.port\s*=\s*(?:\$\{[^:}]+:)?(\d{2,5})/m.exec(text)?.[1];
  return found === undefined ? null : Number(found);
};

/** Archives have a version in their name: the builder puts this one where the command finds it. */
export const javaArchive = "application.jar";

const slug = (archive: JavaOutput): BuildPlan["slug"] => ({
  ...emptyPlan.slug,
  exclude: ["target/", "build/", ".gradle/", ".mvn/", "src/"],
  beside: ["java"],
  archive,
});

const archiveFrom = (from: string): JavaOutput => ({ kind: "archive", from, to: `java/${javaArchive}` });

const planWith = (
  tree: SourceTree,
  text: string,
  parts: Pick<BuildPlan, "steps" | "tools"> & { builder: string; output: JavaOutput },
): BuildPlan => {
  const framework = frameworkOf(text);
  return {
    ...emptyPlan,
    language: "java",
    ...applicationPlan(framework?.name ?? "Java", parts.builder),
    tools: parts.tools,
    steps: parts.steps,
    slug: slug(parts.output),
    command:
      parts.output.kind === "distribution" ? `sh ../java/bin/application` : commandFor(`../java/${javaArchive}`, framework),
    ports: [{ port: properties(tree) ?? framework?.port ?? 8080, protocol: "http" }],
    runtime: { JAVA_TOOL_OPTIONS: "-XX:MaxRAMPercentage=75" },
  };
};

const maven = (tree: SourceTree, pom: string): BuildPlan => {
  const isWar = /^\s*<packaging>\s*war\s*<\/packaging>/m.test(pom);
  const warning: Finding = {
    level: "warning",
    code: "java.war",
    message: "The project makes a war; it runs by itself only when it has a server in it, as Spring Boot's do.",
    advice: "Package the project as an executable jar.",
  };
  const plan = planWith(tree, pom, {
    builder: "Maven",
    output: archiveFrom("target"),
    tools: [javaVersion(pom), { tool: "maven", range: null, from: null }],
    steps: [
      {
        name: "build",
        argv: [
          "maven",
          "--batch-mode",
          "--no-transfer-progress",
          "-DskipTests",
          "-Dmaven.repo.local={cache}/maven",
          "-Dproject.build.outputTimestamp=2000-01-01T00:00:00Z",
          "package",
        ],
      },
    ],
  });
  return isWar ? { ...plan, findings: [warning] } : plan;
};

const scripts = ["build.gradle", "build.gradle.kts"] as const;
const settings = ["settings.gradle", "settings.gradle.kts"] as const;

const readFirst = (tree: SourceTree, files: readonly string[]): string | undefined =>
  files.map((file) => tree.read(file)).find((text) => text !== undefined);

interface GradleProject {
  /** "" at the top, `app` for the project `:app`. */
  readonly folder: string;
  readonly script: string;
}

/** It makes a program with a start script, and not only a library. */
const isApplication = (script: string): boolean =>
  /^\s*(?:id\s*\(?\s*["']application["']|application\s*$|apply\s+plugin:\s*["']application["'])/m.test(script);

/** The projects that the settings include: `include("app", "lib:core")`. */
const included = (tree: SourceTree): readonly GradleProject[] =>
  [...(readFirst(tree, settings) ?? "").matchAll(/^\s*include\b\s*\(?([^)\n]+)/gm)]
    .flatMap((found) => [...(found[1] ?? "").matchAll(/["']:?([\w.:-]+)["']/g)].map((name) => name[1] ?? ""))
    .map((name) => name.replaceAll(":", "/"))
    .flatMap((folder) => {
      const script = readFirst(
        tree,
        scripts.map((file) => `${folder}/${file}`),
      );
      return script === undefined ? [] : [{ folder, script }];
    });

/** What runs: the top, or, as `gradle init` lays it out, the project below that is an application. */
const gradleProject = (tree: SourceTree): GradleProject | undefined => {
  const script = readFirst(tree, scripts);
  const top = script === undefined ? [] : [{ folder: "", script }];
  const all = [...top, ...included(tree)];
  return all.find((each) => isApplication(each.script) || frameworkOf(each.script)) ?? all[0];
};

/** A project that brings its own Gradle is built with that one: scripts for one version often fail with another. */
const gradleProgram = (tree: SourceTree): { argv: readonly string[]; tools: BuildPlan["tools"] } =>
  tree.has("gradlew") && tree.has("gradle/wrapper/gradle-wrapper.jar")
    ? { argv: ["sh", "./gradlew"], tools: [] }
    : { argv: ["gradle"], tools: [{ tool: "gradle", range: null, from: null }] };

const gradle = (tree: SourceTree, { folder, script }: GradleProject): BuildPlan => {
  const { argv, tools } = gradleProgram(tree);
  const isDistribution = isApplication(script) && frameworkOf(script) === undefined;
  const task = `${folder === "" ? "" : `:${folder.replaceAll("/", ":")}:`}${isDistribution ? "installDist" : "assemble"}`;
  const below = folder === "" ? "build" : `${folder}/build`;
  return planWith(tree, script, {
    builder: "Gradle",
    output: isDistribution ? { kind: "distribution", from: `${below}/install`, to: "java" } : archiveFrom(`${below}/libs`),
    tools: [javaVersion(script), ...tools],
    steps: [{ name: "build", argv: [...argv, "--no-daemon", "--console=plain", "--gradle-user-home={cache}/gradle", task] }],
  });
};

/** An archive that was built elsewhere. */
const archived = (name: string): BuildPlan => ({
  ...emptyPlan,
  language: "java",
  summary: "Java archive that was built elsewhere",
  about: { code: "plan.archive" },
  tools: [{ tool: "java", range: null, from: null }],
  command: `java -jar ${name}`,
  ports: [{ port: 8080, protocol: "http" }],
  runtime: { JAVA_TOOL_OPTIONS: "-XX:MaxRAMPercentage=75" },
});

const archives = (tree: SourceTree): readonly string[] =>
  findFiles(tree, { depth: 0, accept: (name) => /^[\w.-]+\.(jar|war)$/.test(name) });

const gradleFile = (tree: SourceTree): string | undefined => {
  const project = gradleProject(tree);
  return project === undefined ? undefined : [...scripts, ...settings].find((file) => tree.has(file));
};

export const java: Detector = {
  language: "java",
  looksFor: "pom.xml, build.gradle, build.gradle.kts or a jar",
  detect: (tree) => {
    const manifest = tree.read("pom.xml") === undefined ? gradleFile(tree) : "pom.xml";
    if (manifest) return { confidence: 75, because: `there is a ${manifest}` };
    const [archive] = archives(tree);
    return archive ? { confidence: 30, because: `there is a ${archive}` } : null;
  },
  plan: (tree) => {
    const pom = tree.read("pom.xml");
    if (pom !== undefined) return maven(tree, pom);
    const project = gradleProject(tree);
    return project === undefined ? archived(archives(tree)[0] ?? "application.jar") : gradle(tree, project);
  },
};
