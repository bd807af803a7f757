import { readFileSync, statSync, symlinkSync, chmodSync } from "node:fs";
import { join } from "node:path";
import type { Confined } from "../../edge-agents/builder/confine.ts";
import { makePortable } from "../../edge-agents/builder/portable-programs.ts";
import { writeFiles } from "../support/git-server.ts";
import { temporaryDirectory } from "../temporary-directory.ts";

const unconfined: Pick<Confined, "start"> = { start: (argv, environment) => ({ argv, environment }) };

describe("C4: what was built in one place runs in another", () => {
  test("installed programs look for their interpreter, wherever it was when they were installed", async () => {
    const temporary = await temporaryDirectory();
    const binary = Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0x80, 0xff, 0x0a]);
    const files: Readonly<Record<string, readonly [before: string | Buffer, after: string | Buffer]>> = {
      "python/bin/gunicorn": ["#!/usr/bin/python3\nimport sys\n", "#!/usr/bin/env python3\nimport sys\n"],
      "python/bin/exact": ["#!/opt/tools/python3.11/bin/python3.11\nx = 'é'\n", "#!/usr/bin/env python3\nx = 'é'\n"],
      "python/bin/long": [
        `#!/bin/sh\n'''exec' "/with a space/python" "$0" "$@"\n' '''\nimport sys\n`,
        "#!/usr/bin/env python3\nimport sys\n",
      ],
      "vendor/ruby/3.1.0/bin/rackup": ["#!/usr/bin/env ruby3.1\nrequire 'rack'\n", "#!/usr/bin/env ruby\nrequire 'rack'\n"],
      // What has options, is of another language or no script stays.
      "python/bin/optioned": ["#!/usr/bin/python3 -E\n", "#!/usr/bin/python3 -E\n"],
      "python/bin/shell": ["#!/bin/sh\nexec python3\n", "#!/bin/sh\nexec python3\n"],
      "python/bin/binary": [binary, binary],
      // Nor is anything touched that does not match.
      "python/lib/tool": ["#!/usr/bin/python3\n", "#!/usr/bin/python3\n"],
      outside: ["#!/usr/bin/python3\n", "#!/usr/bin/python3\n"],
    };
    const at = (path: string) => join(temporary.path, path);
    writeFiles(temporary.path, Object.fromEntries(Object.entries(files).map(([path, [before]]) => [path, before])));
    chmodSync(at("python/bin/gunicorn"), 0o755);
    symlinkSync(at("outside"), at("python/bin/link"));
    await makePortable(unconfined as Confined, [at("python/bin/*"), at("vendor/ruby/*/bin/*"), at("absent/*")]);
    for (const [path, [, after]] of Object.entries(files))
      expect([path, readFileSync(at(path))]).toEqual([path, Buffer.from(after)]);
    expect(statSync(at("python/bin/gunicorn")).mode & 0o777).toBe(0o755);
    await temporary.remove();
  });
});
