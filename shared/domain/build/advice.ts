import type { Finding } from "../../contract/source.ts";
import type { ToolName, ToolNeed } from "./build-plan.ts";

/** How each tool is called by people and got on common systems. */
const tools: Readonly<Record<ToolName, { name: string; install: string }>> = {
  node: { name: "Node.js", install: "nodejs" },
  npm: { name: "npm", install: "npm" },
  yarn: { name: "Yarn", install: "yarn (npm install --global yarn)" },
  pnpm: { name: "pnpm", install: "pnpm (npm install --global pnpm)" },
  python: { name: "Python", install: "python3" },
  pip: { name: "pip", install: "python3-pip" },
  go: { name: "Go", install: "golang" },
  java: { name: "Java", install: "a JDK such as openjdk-17-jdk" },
  javac: { name: "The Java compiler", install: "a JDK such as openjdk-17-jdk" },
  maven: { name: "Maven", install: "maven" },
  gradle: { name: "Gradle", install: "gradle" },
  php: { name: "PHP", install: "php-cli" },
  composer: { name: "Composer", install: "composer" },
  ruby: { name: "Ruby", install: "ruby-full" },
  bundler: { name: "Bundler", install: "ruby-bundler" },
  buildah: { name: "buildah", install: "buildah" },
  uidmap: { name: "newuidmap, without which an ordinary user cannot build images,", install: "uidmap" },
  containers: { name: "A place that lets containers start", install: "user namespaces for builds" },
};

const noContainers: Finding = {
  level: "blocks",
  code: "dockerfile.confined",
  message: "Dockerfiles are not built here: builds run in pods of the level restricted, which may start no container.",
  advice:
    "Its operator can set builds.podSecurity=baseline in the agents' chart (docs/kubernetes-builds.md says what that allows); or build the image elsewhere and deploy it by its name.",
};

export const missingTool = (tool: ToolName): Finding =>
  tool === "containers"
    ? noContainers
    : {
        level: "blocks",
        code: "tool.missing",
        message: `${tools[tool].name} is not installed on this machine.`,
        advice: `Install ${tools[tool].install}, or choose a data center that has it.`,
        params: { tool: tools[tool].name, install: tools[tool].install },
      };

export const otherTool = (need: ToolNeed, version: string): Finding => ({
  level: "warning",
  code: "tool.version",
  message: `${need.from ?? "The source"} asks for ${tools[need.tool].name} ${need.range}; ${version} is used, which is what this machine has.`,
  advice: `Install the version asked for, or widen the range.`,
  params: { tool: tools[need.tool].name, range: need.range ?? "", version, ...(need.from === null ? {} : { from: need.from }) },
});

export const emptySource = (): Finding => ({
  level: "blocks",
  code: "repository.empty",
  message: "There is nothing to build: the source has no files besides a README or licence.",
  advice: "Commit an application and try again.",
});

export const noLanguage = (names: readonly string[], lookedFor: readonly string[], folders: readonly string[]): Finding => ({
  level: "blocks",
  code: "language.none",
  message: `No language was recognized. There is ${names.join(", ")}. Looked for: ${lookedFor.join("; ")}.`,
  advice:
    folders.length > 0
      ? `The application may be in a folder: set the directory to ${folders.slice(0, 5).join(" or ")}.`
      : "Add the manifest of your language, or a Dockerfile, or name the folder that the application is in.",
  params: { names: names.join(", "), lookedFor: lookedFor.join("; "), folders: folders.slice(0, 5).join(", ") },
});

export const dockerfileSkipped = (language: string, missing: readonly ToolName[]): Finding => {
  const names = missing.map((tool) => tools[tool].install).join(" and ");
  return {
    level: "info",
    code: "dockerfile.skipped",
    message: `There is a Dockerfile, but this machine cannot build images (${names} ${missing.length > 1 ? "are" : "is"} not installed): it is built as ${language} instead.`,
    advice: `Install ${names}, or choose a data center that can build images, to use the Dockerfile.`,
    params: { language, names },
  };
};

export const dockerfileNoPort = (port: number): Finding => ({
  level: "info",
  code: "dockerfile.no-expose",
  message: `The Dockerfile exposes no port: ${port} is proposed, and the variable PORT tells the program of it.`,
  advice: "Set the port that the program listens on, or none if it takes no requests.",
  params: { port },
});

export const submodules = (): Finding => ({
  level: "warning",
  code: "repository.submodules",
  message: "The repository has submodules, which are not fetched.",
  advice: "Commit the files themselves, or use a package manager.",
});
