import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { registryFiles } from "../../shared/domain/build/registry-files.ts";

/**
 * How this machine reaches registries is the operator's to say, in three ways; nothing else of the platform's environment gets into a build:
 * 1. What counts for the whole machine (`/etc/pip.conf`, npm's global npmrc, Maven's own settings) counts for builds by itself.
 * 2. These variables: proxies, certificates, mirrors, and where version managers keep their tools.
 * 3. The files of `registryFiles`, from the folder `PLUVIA_BUILD_SETTINGS`, or, without their credentials, from the operator's own home.
 * Builds of all teams can read what they are given: a mirror's credentials belong there only when they can read packages and nothing else.
 */
const variables =
  /^(https?_proxy|no_proxy|all_proxy|SSL_CERT_(FILE|DIR)|NODE_EXTRA_CA_CERTS|CURL_CA_BUNDLE|GIT_SSL_CAINFO|JAVA_TOOL_OPTIONS|REQUESTS_CA_BUNDLE|npm_config_(registry|cafile|ca|proxy|https_proxy|noproxy|strict_ssl)|YARN_REGISTRY|PIP_(INDEX_URL|EXTRA_INDEX_URL|FIND_LINKS|NO_INDEX|CERT|PROXY|TRUSTED_HOST|DEFAULT_TIMEOUT)|GO(PROXY|SUMDB|NOSUMDB|NOPROXY|PRIVATE|INSECURE|TOOLCHAIN|ROOT)|MAVEN_(OPTS|ARGS)|GRADLE_OPTS|JAVA_HOME|BUNDLE_(MIRROR__.*|SSL_CA_CERT)|COMPOSER_REPO_PACKAGIST|(PYENV|RBENV)_(ROOT|VERSION)|ASDF_(DIR|DATA_DIR)|VOLTA_HOME)$/i;

const fileBytesMax = 256 * 1024;

export const registryVariables = (environment: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => (variables.test(name) && value !== undefined ? [[name, value]] : [])),
  );

const secret =
  /_auth|passw|passphrase|token|secret|privatekey|credential|authorization|api[-_]?key|:\/\/[^/\s@]+@|^\s*"?bundle_[a-z0-9_-]+__[a-z]+"?:/i;

/** What of a file may be seen by every tenant: lines that hold no credential; of a file that is not made of lines, all or nothing. */
export const withoutCredentials = (name: string, text: string): string | null => {
  if (!secret.test(text) && !text.split("\n").some((line) => secret.test(line))) return text;
  if (!/(npmrc|yarnrc|pip\.conf|go\/env|gradle\.properties)$/.test(name)) return null;
  return text
    .split("\n")
    .filter((line) => !secret.test(line))
    .join("\n");
};

const readSmall = (path: string): string | null =>
  existsSync(path) && statSync(path).isFile() && statSync(path).size <= fileBytesMax ? readFileSync(path, "utf8") : null;

/** Puts the operator's settings into a build's home. Answers what was left out, for the log. */
export const placeRegistrySettings = (
  home: string,
  from: { settings: string | undefined; home: string } = { settings: process.env.PLUVIA_BUILD_SETTINGS, home: homedir() },
): readonly string[] =>
  registryFiles.flatMap((name): readonly string[] => {
    const given = from.settings === undefined ? null : readSmall(join(from.settings, name));
    const own = from.settings === undefined ? readSmall(join(from.home, name)) : null;
    const shown = given ?? (own === null ? null : withoutCredentials(name, own));
    if (shown !== null) {
      mkdirSync(dirname(join(home, name)), { recursive: true, mode: 0o700 });
      writeFileSync(join(home, name), shown, { mode: 0o600 });
    }
    return own !== null && shown === null ? [name] : [];
  });
