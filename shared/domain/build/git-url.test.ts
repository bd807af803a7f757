import * as fc from "fast-check";
import { BuildFailure } from "./failure.ts";
import { parseGitUrl } from "./git-url.ts";

const good: readonly (readonly [string, string])[] = [
  ["https://github.com/owner/name.git", "https://github.com:443/owner/name.git"],
  ["https://github.com/owner/name", "https://github.com:443/owner/name"],
  ["HTTPS://GitHub.com/Owner/Name", "https://github.com:443/Owner/Name"],
  ["  https://github.com/owner/name  ", "https://github.com:443/owner/name"],
  ["https://me@dev.azure.com/org/project/_git/name", "https://dev.azure.com:443/org/project/_git/name"],
  ["http://localhost:7070/git/demos/node.git", "http://localhost:7070/git/demos/node.git"],
  ["http://[::1]:7070/a.git", "http://[::1]:7070/a.git"],
  ["https://host/a/../../b", "https://host:443/b"],
  ["https://host.example:8443/a%20b.git", "refused"],
  ["git@github.com:owner/name.git", "ssh://git@github.com:22/owner/name.git"],
  ["github.com:owner/name.git", "ssh://git@github.com:22/owner/name.git"],
  ["ssh://git@github.com/owner/name.git", "ssh://git@github.com:22/owner/name.git"],
  ["ssh://git@host:2222/srv/name.git", "ssh://git@host:2222/srv/name.git"],
  ["ssh://host/~me/name.git", "ssh://git@host:22/~me/name.git"],
  ["deploy@git.corp:group/sub/name", "ssh://deploy@git.corp:22/group/sub/name"],
];

const bad: readonly string[] = [
  "",
  " ",
  "name",
  "./name",
  "../name",
  "/srv/git/name.git",
  "~/name",
  "C:\\name",
  "C:/name",
  "file:///etc/passwd",
  "FILE:///etc",
  "file://localhost/etc/passwd",
  "file:/etc/passwd",
  "ext::sh -c id",
  "ext::sh%20-c%20id",
  "EXT::sh",
  "fd::17",
  "fd::17/foo",
  "transport::address",
  "git-remote-ext::x",
  "::x",
  "a+b::https://github.com/x/y",
  "--upload-pack=touch /tmp/x",
  "-oProxyCommand=id",
  "--config=core.gitProxy=x",
  "-u",
  "--",
  "-",
  "https://-oProxyCommand=id/x",
  "ssh://-oProxyCommand=id/x",
  "ssh://-oProxyCommand=id@host/x",
  "ssh://git@-oProxyCommand=id/x",
  "git@-oProxyCommand=id:x/y",
  "-oProxyCommand=id@host:x/y",
  "ssh://host/-oProxyCommand=id",
  "git@host:-oProxyCommand=id",
  "git@host:--upload-pack=x",
  "https://host/--upload-pack=x",
  "https://host/a/-x",
  "git://github.com/owner/name",
  "ftp://host/name",
  "ftps://host/name",
  "rsync://host/name",
  "svn://host/name",
  "gopher://host/1",
  "dict://host:11211/stat",
  "ldap://host/x",
  "javascript:alert(1)",
  "data:text/plain,x",
  "jar:https://host/x",
  "ssh+git://host/x",
  "git+ssh://host/x",
  "http+unix://%2Fvar%2Frun%2Fdocker.sock/x",
  "unix:///var/run/docker.sock",
  "ws://host/x",
  "s3://bucket/x",
  "codecommit::eu://x",
  "https://user:password@host/name",
  "https://:password@host/name",
  "git@user:password@host",
  "git@host.example:https://user:password@other/name",
  "git@host:name/@-x",
  "https://a%0ab@host/name",
  "https://us er@host/name",
  "https://-user@host/name",
  "https://host/name?x=1",
  "https://host/name#main",
  "https://host/name?",
  "https://host/name#",
  "https://",
  "https:///name",
  "https://?",
  "https://host:99999/name",
  "https://host:-1/name",
  "https://host:0x50/name",
  "https://ho st/name",
  "https://host\\@evil/name",
  "https://host\\evil",
  "\\\\host\\share",
  "https:\\\\host\\name",
  "https://host/na\nme",
  "https://host/na\rme",
  "https://host/na\tme",
  "https://host/na\0me",
  "https://host/%00",
  "https://host/%0a",
  "https://host/%0d%0aHost:%20x",
  "https://host/%1b[31m",
  "https://host/\u001b[31m",
  "https://host/\u202ename",
  "https://host/\u200bname",
  "https://host/\ufeffname",
  "https://host/%e2%80%ae",
  "https://host/%",
  "https://host/%zz",
  "https://ho%00st/name",
  "https://host/..%2f..%2fetc",
  "https://host/a;id",
  "https://host/$(id)",
  "https://host/`id`",
  "https://host/a|id",
  "https://host/a&id",
  "https://host/'x'",
  'https://host/"x"',
  "https://host/a{b,c}",
  "https://host/*",
  "https://host/!x",
  "https://host/<x>",
  "git@host:$(id)",
  "git@host:a;id",
  "git@host:a b",
  "git@ho$(id)st:x/y",
  "gi$t@host:x/y",
  "a@b@host:x/y",
  "git@host:",
  "git@:x/y",
  "host:x",
  "git@host:a/../../b",
  "git@[::1:x/y",
  "git@host..example:x",
  "https://a..b/x",
  "https://host_!/x",
  `https://host/${"a".repeat(2_001)}`,
  "https://host",
  "https://host/",
];

describe("No SSRF: repository addresses", () => {
  test.each(good)("%s is %s", (text, wanted) => {
    if (wanted === "refused") expect(() => parseGitUrl(text)).toThrow(BuildFailure);
    else expect(parseGitUrl(text).url).toBe(wanted);
  });
  test.each(bad.map((text) => [JSON.stringify(text).slice(0, 80), text]))("%s is refused with something to do", (_, text) => {
    const refused = (() => {
      try {
        return parseGitUrl(text).url;
      } catch (error) {
        return error;
      }
    })();
    expect(refused).toBeInstanceOf(BuildFailure);
    expect(refused).toMatchObject({
      code: "repository.url",
      message: expect.stringMatching(/\.$/),
      next: expect.stringMatching(/\.$/),
    });
  });
  test("whatever is typed, the answer is an address without secrets, options and control characters, or a refusal", () => {
    const part = fc.constantFrom(
      "https://",
      "ssh://",
      "git@",
      "host",
      ":",
      "/",
      "-",
      "--x",
      "..",
      "%0a",
      "\n",
      "@",
      "user:pw@",
      "ext::",
      "\\",
      "[::1]",
      "?",
      "#",
      " ",
      "a",
      "é",
      "\u202e",
    );
    return fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(part, { maxLength: 8 }).map((parts) => parts.join("")),
        ),
        (text) => {
          try {
            const { url } = parseGitUrl(text);
            // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there.
            expect(url).toMatch(/^(https?|ssh):\/\/[^\u0000-\u0020\\]+$/);
            expect(url).not.toMatch(/\/\/-|\/-|@-|:\/\/[^/]*:[^/]*@/);
          } catch (error) {
            if (!(error instanceof BuildFailure)) throw error;
          }
        },
      ),
      { numRuns: 3_000 },
    );
  });
});
