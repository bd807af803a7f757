/** Characters that mean something to a shell beyond separating words. Quotes are taken apart here. */
const shellSyntax = /[|&;<>()$`\\*?[\]#~!{}\n]/;
/** Where `exec` would swallow only a part of the line. */
const severalCommands = /[|&;\n(){}]|^\s*(?:if|for|while|until|case|cd|exec|export|set|source|\.|!)\s/;
const assignment = /^\s*[A-Za-z_][A-Za-z0-9_]*=/;

const words = (command: string): string[] =>
  [...command.matchAll(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g)].map((m) =>
    m[0].replace(/"([^"]*)"|'([^']*)'/g, (_, double: string | undefined, single: string | undefined) => double ?? single ?? ""),
  );

const balanced = (command: string): boolean => !/["']/.test(command.replace(/"[^"]*"|'[^']*'/g, ""));

/**
 * The arguments to start a command with. Without shell syntax it is started as it stands, so that signals reach it and no quoting can go
 * wrong; otherwise by /bin/sh, which gives way to the command (`exec`) where the line is a single one.
 */
export function argvOf(command: string): string[] {
  if (!shellSyntax.test(command) && !assignment.test(command) && balanced(command)) return words(command);
  const isSingle = !severalCommands.test(command.replace(/\$\{[^}]*\}|"[^"]*"|'[^']*'/g, "x"));
  if (!isSingle) return ["/bin/sh", "-c", command];
  const prefix = /^\s*(?:[A-Za-z_][A-Za-z0-9_]*=(?:[^\s"']|"[^"]*"|'[^']*')*\s+)*/.exec(command)?.[0] ?? "";
  return ["/bin/sh", "-c", `${prefix}exec ${command.slice(prefix.length)}`];
}
