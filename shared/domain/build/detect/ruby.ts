import type { DependencyPlan } from "../build-plan.ts";
import type { SourceTree } from "../source-tree.ts";
import { applicationPlan, type Detector, emptyPlan } from "./detector.ts";

const isRails = (tree: SourceTree): boolean => tree.has("config/application.rb") || tree.has("bin/rails");

const entries = ["app.rb", "server.rb", "main.rb"] as const;

const commandOf = (tree: SourceTree): string | null => {
  if (isRails(tree)) return "bundle exec rails server -b 0.0.0.0 -p $PORT";
  const bundled = tree.has("Gemfile") ? "bundle exec " : "";
  if (tree.has("config.ru")) return `${bundled}rackup --host 0.0.0.0 --port $PORT`;
  const entry = entries.find((path) => tree.has(path));
  return entry ? `${bundled}ruby ${entry}` : null;
};

/** Gems that come with the source. Without a lock Bundler would ask the registry for its list of gems all the same. */
const isWholeInSource = (tree: SourceTree): boolean =>
  !tree.has("Gemfile.lock") && tree.list("vendor/cache").some((entry) => entry.name.endsWith(".gem"));

const dependencies = (tree: SourceTree): DependencyPlan => ({
  files: ["Gemfile", "Gemfile.lock", ".ruby-version"].filter((file) => tree.has(file)),
  everything: /\b(path:|gemspec\b)/.test(tree.read("Gemfile") ?? "") ? { code: "gemfile", name: "Gemfile" } : null,
  tools: ["ruby", "bundler"],
  steps: [
    {
      name: "install",
      argv: ["bundle", "install", ...(isWholeInSource(tree) ? ["--local"] : [])],
      variables: {
        // As an option it would be written into the application.
        BUNDLE_JOBS: "2",
        BUNDLE_PATH: "vendor/bundle",
        BUNDLE_WITHOUT: "development:test",
        ...(tree.has("Gemfile.lock") ? { BUNDLE_FROZEN: "true" } : {}),
      },
    },
  ],
  folders: ["app/vendor/bundle"],
  programs: ["app/vendor/bundle/ruby/*/bin/*"],
  prune: [],
});

export const ruby: Detector = {
  language: "ruby",
  looksFor: "Gemfile, config.ru or app.rb",
  detect: (tree) =>
    tree.has("Gemfile")
      ? { confidence: 70, because: "there is a Gemfile" }
      : tree.has("config.ru")
        ? { confidence: 45, because: "there is a config.ru" }
        : tree.has("app.rb") || tree.has("server.rb")
          ? { confidence: 25, because: "there is a Ruby program" }
          : null,
  plan: (tree) => {
    const version = /(\d+\.\d+)/.exec(
      tree.read(".ruby-version") ?? /^\s*ruby\s+["']([^"']+)["']/m.exec(tree.read("Gemfile") ?? "")?.[1] ?? "",
    )?.[1];
    const command = commandOf(tree);
    return {
      ...emptyPlan,
      language: "ruby",
      ...applicationPlan(isRails(tree) ? "Rails" : "Ruby"),
      tools: [
        {
          tool: "ruby",
          range: version === undefined ? null : `>=${version}`,
          from: version === undefined ? null : "the Gemfile",
        },
        ...(tree.has("Gemfile") ? [{ tool: "bundler", range: null, from: null } as const] : []),
      ],
      dependencies: tree.has("Gemfile") ? dependencies(tree) : null,
      steps:
        isRails(tree) && tree.has("app/assets")
          ? [
              {
                name: "build",
                argv: ["bundle", "exec", "rails", "assets:precompile"],
                variables: { RAILS_ENV: "production", SECRET_KEY_BASE_DUMMY: "1", BUNDLE_PATH: "vendor/bundle" },
              },
            ]
          : [],
      command,
      ports: [{ port: isRails(tree) ? 3000 : 9292, protocol: "http" }],
      runtime: {
        RACK_ENV: "production",
        RAILS_ENV: "production",
        RAILS_LOG_TO_STDOUT: "1",
        BUNDLE_PATH: "vendor/bundle",
        BUNDLE_WITHOUT: "development:test",
      },
      findings:
        command === null
          ? [
              {
                level: "warning",
                code: "command.none",
                message: "No start command was found: there is no Procfile, config.ru or app.rb.",
                advice: "Add a Procfile with a web process, or give the component a start command.",
              },
            ]
          : [],
    };
  },
};
