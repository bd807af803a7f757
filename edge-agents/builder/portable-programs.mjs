// node portable-programs.mjs PATTERN…: programs that package managers installed name the interpreter of the machine that built them, as /usr/bin/python3 or
// ruby3.1. Where they run it may lie elsewhere, so it is looked for by its usual name.
import { globSync, lstatSync, readFileSync, writeFileSync } from "node:fs";

/** pip writes the second where the first would be too long. */
const first = /^#!\S*\/(?:env )?(python|ruby)[\d.]*\r?\n|^#!\/bin\/sh\n'''exec' .*\/(python)[\d.]*"? "\$0" "\$@"\n' '''\n/;
const names = { python: "python3", ruby: "ruby" };

for (const file of globSync(process.argv.slice(1))) {
  if (!lstatSync(file).isFile()) continue;
  const text = readFileSync(file, "latin1");
  const own = text.replace(first, (_, a, b) => `#!/usr/bin/env ${names[a ?? b]}\n`);
  if (own !== text) writeFileSync(file, own, "latin1");
}
