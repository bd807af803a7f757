import type { Command } from "commander";
import { UsageError } from "../failure.ts";

interface Node {
  readonly path: string;
  readonly words: readonly string[];
}

/** For every command, what may follow it: its subcommands and flags. */
export function completionNodes(root: Command): Node[] {
  const visit = (command: Command, path: string[]): Node[] => {
    const commands = command.commands.filter((c) => c.name() !== "help");
    const flags = [...command.options, ...(path.length > 0 ? root.options : [])]
      .filter((o) => !o.hidden)
      .map((o) => o.long ?? o.short ?? "");
    return [
      { path: path.join(" "), words: [...new Set([...commands.map((c) => c.name()), ...flags])] },
      ...commands.flatMap((c) => visit(c, [...path, c.name()])),
    ];
  };
  return visit(root, []);
}

const bash = (nodes: readonly Node[]): string => `# Add to ~/.bashrc:  source <(pluvia completion bash)
_pluvia() {
  local path="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) ;; *) case "\${path:+$path }$word" in
${nodes
  .filter((n) => n.path !== "")
  .map((n) => `      "${n.path}") path="${n.path}" ;;`)
  .join("\n")}
    esac ;; esac
  done
  local words=""
  case "$path" in
${nodes.map((n) => `    "${n.path}") words="${n.words.join(" ")}" ;;`).join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _pluvia pluvia`;

const zsh = (nodes: readonly Node[]): string => `#compdef pluvia
# Add to ~/.zshrc:  source <(pluvia completion zsh)
autoload -U +X bashcompinit && bashcompinit
${bash(nodes)}`;

const fish = (nodes: readonly Node[]): string => {
  const lines = nodes.flatMap(({ path, words }) => {
    const parts = path === "" ? [] : path.split(" ");
    const seen = parts.map((p) => `__fish_seen_subcommand_from ${p}`).join("; and ") || "__fish_use_subcommand";
    return words.map((w) =>
      w.startsWith("--") ? `complete -c pluvia -n '${seen}' -l ${w.slice(2)}` : `complete -c pluvia -f -n '${seen}' -a ${w}`,
    );
  });
  return ["# Save as ~/.config/fish/completions/pluvia.fish", ...lines].join("\n");
};

const shells: Record<string, (nodes: readonly Node[]) => string> = { bash, zsh, fish };

export function completionScript(root: Command, shell: string): string {
  const make = Object.hasOwn(shells, shell) ? shells[shell] : undefined;
  if (!make) throw new UsageError(`There is no completion for "${shell}".`, `There is for: ${Object.keys(shells).join(", ")}.`);
  return make(completionNodes(root));
}
