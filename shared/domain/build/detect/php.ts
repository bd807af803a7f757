import type { DependencyPlan } from "../build-plan.ts";
import { parseJson, recordOf, textOf } from "../json.ts";
import type { SourceTree } from "../source-tree.ts";
import { applicationPlan, type Detector, emptyPlan } from "./detector.ts";

const rootOf = (tree: SourceTree): string =>
  ["public", "web", "htdocs", "www"].find((folder) => tree.has(`${folder}/index.php`)) ?? ".";

const dependenciesOf = (tree: SourceTree): DependencyPlan | null =>
  tree.read("composer.json") === undefined
    ? null
    : {
        files: ["composer.json", "composer.lock"].filter((file) => tree.has(file)),
        everything: /"(post|pre)-(install|autoload-dump|update)-cmd"|"type"\s*:\s*"path"/.test(tree.read("composer.json") ?? "")
          ? { code: "composer", name: "composer.json" }
          : null,
        tools: ["php", "composer"],
        steps: [
          {
            name: "install",
            argv: [
              "composer",
              "install",
              "--no-dev",
              "--no-interaction",
              "--no-progress",
              "--optimize-autoloader",
              "--prefer-dist",
            ],
            variables: {
              COMPOSER_CACHE_DIR: "{cache}/composer",
              // It breaks its errors within words at the width of a terminal.
              COLUMNS: "400",
              // Builds run in a namespace of their own, where root is nobody; plugins would be left out otherwise.
              COMPOSER_ALLOW_SUPERUSER: "1",
              // A link to a folder of the source would lead out of vendor, which is kept apart.
              COMPOSER_MIRROR_PATH_REPOS: "1",
            },
          },
        ],
        folders: ["app/vendor"],
        prune: [],
      };

export const php: Detector = {
  language: "php",
  looksFor: "composer.json or index.php",
  detect: (tree) => {
    if (tree.has("composer.json")) return { confidence: 65, because: "there is a composer.json" };
    return rootOf(tree) !== "." || tree.has("index.php") ? { confidence: 45, because: "there is an index.php" } : null;
  },
  plan: (tree) => {
    const json = parseJson(tree.read("composer.json") ?? "{}");
    const range = textOf(recordOf(recordOf(json.ok ? json.value : {}).require).php) ?? null;
    const dependencies = dependenciesOf(tree);
    const isLaravel = tree.has("artisan");
    return {
      ...emptyPlan,
      language: "php",
      ...applicationPlan(isLaravel ? "Laravel" : "PHP"),
      tools: [
        { tool: "php", range, from: range === null ? null : "composer.json require.php" },
        ...(dependencies === null ? [] : [{ tool: "composer", range: null, from: null } as const]),
      ],
      dependencies,
      command: `php -S 0.0.0.0:$PORT -t ${rootOf(tree)}`,
      ports: [{ port: 8000, protocol: "http" }],
      findings: json.ok
        ? []
        : [
            {
              level: "blocks",
              code: "composer.invalid",
              message: `composer.json is not JSON: ${json.message}.`,
              at: `composer.json:${json.line}`,
              advice: "Mend composer.json and try again.",
              params: { problem: json.message },
            },
          ],
    };
  },
};
