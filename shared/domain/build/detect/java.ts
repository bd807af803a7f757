import type { Finding } from "../../../contract/source.ts";
import type { BuildPlan, ToolNeed } from "../build-plan.ts";
import { findFiles, type SourceTree } from "../source-tree.ts";
import { type Detector, emptyPlan } from "./detector.ts";

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

const slug = (from: string): BuildPlan["slug"] => ({
  ...emptyPlan.slug,
  exclude: ["target/", "build/", ".gradle/", ".mvn/", "src/"],
  beside: ["java"],
  archive: { from, to: `java/${javaArchive}` },
});

const planWith = (
  tree: SourceTree,
  text: string,
  parts: Pick<BuildPlan, "steps" | "tools"> & { builder: string; output: string },
): BuildPlan => {
  const framework = frameworks.find((each) => each.pattern.test(text));
  return {
    ...emptyPlan,
    language: "java",
    summary: `${framework?.name ?? "Java"} application built with ${parts.builder}`,
    tools: parts.tools,
    steps: parts.steps,
    slug: slug(parts.output),
    command: commandFor(`../java/${javaArchive}`, framework),
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
    output: "target",
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

const gradle = (tree: SourceTree, text: string): BuildPlan =>
  planWith(tree, text, {
    builder: "Gradle",
    output: "build/libs",
    tools: [javaVersion(text), { tool: "gradle", range: null, from: null }],
    steps: [
      { name: "build", argv: ["gradle", "--no-daemon", "--console=plain", "--gradle-user-home={cache}/gradle", "assemble"] },
    ],
  });

/** An archive that was built elsewhere. */
const archived = (name: string): BuildPlan => ({
  ...emptyPlan,
  language: "java",
  summary: "Java archive that was built elsewhere",
  tools: [{ tool: "java", range: null, from: null }],
  command: `java -jar ${name}`,
  ports: [{ port: 8080, protocol: "http" }],
  runtime: { JAVA_TOOL_OPTIONS: "-XX:MaxRAMPercentage=75" },
});

const archives = (tree: SourceTree): readonly string[] =>
  findFiles(tree, { depth: 0, accept: (name) => /^[\w.-]+\.(jar|war)$/.test(name) });

export const java: Detector = {
  language: "java",
  looksFor: "pom.xml, build.gradle, build.gradle.kts or a jar",
  detect: (tree) => {
    const manifest = ["pom.xml", "build.gradle", "build.gradle.kts"].find((file) => tree.read(file) !== undefined);
    if (manifest) return { confidence: 75, because: `there is a ${manifest}` };
    const [archive] = archives(tree);
    return archive ? { confidence: 30, because: `there is a ${archive}` } : null;
  },
  plan: (tree) => {
    const pom = tree.read("pom.xml");
    if (pom !== undefined) return maven(tree, pom);
    const script = tree.read("build.gradle") ?? tree.read("build.gradle.kts");
    return script === undefined ? archived(archives(tree)[0] ?? "application.jar") : gradle(tree, script);
  },
};
