import { BuildFailure } from "./failure.ts";

/** A source URL that was understood; `url` is what git is given, without user info. */
export type GitUrl =
  | {
      readonly kind: "http" | "https";
      readonly host: string;
      readonly port: number;
      readonly url: string;
      readonly username: string | null;
    }
  | { readonly kind: "ssh"; readonly host: string; readonly port: number; readonly user: string; readonly url: string };

const refused = (message: string, next: string): BuildFailure => new BuildFailure("repository.url", message, next);
const examples = "Use an address such as https://github.com/owner/name.git or git@github.com:owner/name.git.";

const hostName = /^(?!-)[A-Za-z0-9._-]{1,253}$/;
const hostLiteral = /^\[[0-9A-Fa-f:.]{2,45}\]$/;
const userName = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/;
/** No blanks, no characters a shell or a terminal would act on; no part begins with a dash. */
const pathText = /^\/?(?!-)(?=[^/])[^\s\\'"`$;&|<>(){}*?[\]!^]+$/;

const checkHost = (host: string): string => {
  if (!(hostName.test(host) || hostLiteral.test(host)) || host.includes(".."))
    throw refused(`The host of the repository address is not a host name.`, examples);
  return host.toLowerCase();
};

const checkPath = (path: string): void => {
  if (!pathText.test(path) || path.split("/").includes("..") || /(^|[/@])-|:\/\//.test(path))
    throw refused("The path of the repository address has characters that are not allowed.", examples);
};

const ssh = (user: string, host: string, port: number, path: string): GitUrl => {
  if (!userName.test(user)) throw refused("The user of the repository address is not a user name.", examples);
  checkPath(path);
  return {
    kind: "ssh",
    user,
    host: checkHost(host),
    port,
    url: `ssh://${user}@${host.toLowerCase()}:${port}/${path.replace(/^\/+/, "")}`,
  };
};

const parsed = (text: string): URL => {
  if (!/^[a-z+.-]+:\/\/[^/]/i.test(text) || !URL.canParse(text)) throw refused("The repository address is not a URL.", examples);
  return new URL(text);
};

const withPassword = () =>
  refused("The repository address contains a password.", "Give the token as the source's credential: there it is kept secret.");

const usernameOf = (url: URL): string | null => {
  if (url.password !== "") throw withPassword();
  const username = decoded(url.username);
  if (username !== "" && !userName.test(username))
    throw refused("The user of the repository address is not a user name.", examples);
  return username === "" ? null : username;
};

const fromUrl = (text: string): GitUrl => {
  const url = parsed(text);
  const scheme = url.protocol.slice(0, -1);
  if (scheme !== "http" && scheme !== "https" && scheme !== "ssh")
    throw refused(`Repositories are not fetched by ${scheme.slice(0, 20)}.`, examples);
  if (/[?#]/.test(text)) throw refused("A repository address has no ? and no #.", "Give the branch, tag or commit as the ref.");
  const username = usernameOf(url);
  const path = decoded(url.pathname);
  if (scheme === "ssh") return ssh(username ?? "git", url.hostname, Number(url.port || 22), path);
  const host = checkHost(url.hostname);
  checkPath(path);
  const port = Number(url.port || (scheme === "https" ? 443 : 80));
  return { kind: scheme, host, port, url: `${scheme}://${host}:${port}${url.pathname}`, username };
};

const decoded = (text: string): string => {
  try {
    const plain = decodeURIComponent(text);
    if (controls.test(plain)) throw refused("The repository address has control characters.", examples);
    return plain;
  } catch (error) {
    throw error instanceof URIError
      ? refused("The repository address has a % that is not followed by two digits.", examples)
      : error;
  }
};

// Control characters, and the ones that turn text around or hide it.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must be found.
const controls = /[\u0000-\u0020\u007f-\u00a0\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;

/** `user@host:path`, as scp and git take it. */
const fromScp = (text: string): GitUrl => {
  const [, user, host = "", path = ""] = /^(?:([^@/:]+)@)?(\[[^\]]+\]|[^@/:]+):(?!\/\/)(.+)$/.exec(text) ?? [];
  // `user:password@host` looks like a path on a host called user.
  if (/^[^/]*@/.test(path)) throw withPassword();
  if (user === undefined && !host.includes(".")) throw refused("This is not a repository address.", examples);
  return ssh(user ?? "git", host, 22, path);
};

/** @throws BuildFailure `repository.url` with what is wrong. */
export const parseGitUrl = (text: string): GitUrl => {
  const trimmed = text.trim();
  if (trimmed === "" || trimmed.length > 2_000) throw refused("The repository address is empty or too long.", examples);
  if (controls.test(trimmed) || trimmed.includes("\\"))
    throw refused("The repository address has blanks, control characters or backslashes.", examples);
  if (trimmed.startsWith("-")) throw refused("A repository address does not begin with a dash.", examples);
  if (/^[A-Za-z0-9_+.-]*::/.test(trimmed)) throw refused("Addresses of the kind transport::address are not allowed.", examples);
  if (/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(trimmed)) return fromUrl(trimmed);
  return fromScp(trimmed);
};

/** Whoever answers there is told a credential that is sent along. */
export const originOf = (text: string): string => {
  const { kind, host, port } = parseGitUrl(text);
  return `${kind}://${host}:${port}`;
};
