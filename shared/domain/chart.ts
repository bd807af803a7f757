import { Fault } from "../base/fault.ts";

export interface ChartFacts {
  readonly values: Readonly<Record<string, unknown>>;
  readonly namespace: string;
  /** Of the platform, which is also the version of the agents it hands out. */
  readonly version: string;
}

/**
 * Renders a template of the agents' chart without Helm, so that what `kubectl apply` gets is what `helm install` makes. It knows
 * exactly the part of the template language that the chart uses: values, `quote`, `toJson`, `if`, `else`, comments, and the dashes that take
 * the space beside them away. @throws Fault `internal` for anything else: a test renders the chart.
 */
export function renderTemplate(template: string, facts: ChartFacts): string {
  const parts = template
    .replaceAll(/\s*\{\{-/g, "{{")
    .replaceAll(/-\}\}\s*/g, "}}")
    .split(/(\{\{[\s\S]*?\}\})/);
  const open: Block[] = [];
  const isShown = () => open.every((block) => block.shown);
  return parts
    .map((part) => {
      if (!part.startsWith("{{")) return isShown() ? part : "";
      const directive = part.slice(2, -2).trim();
      if (directive.startsWith("/*") || branched(directive, open, facts)) return "";
      return isShown() ? printed(directive, facts) : "";
    })
    .join("");
}

/** `taken`: one of its branches was true, so that `else` is not. */
interface Block {
  readonly shown: boolean;
  readonly taken: boolean;
}
/** Whether it was `if`, `else` or `end`, which are done with here. */
function branched(directive: string, open: Block[], facts: ChartFacts): boolean {
  if (directive.startsWith("if ")) {
    const taken = isTrue(named(directive.slice(3).trim(), facts));
    open.push({ shown: taken, taken });
    return true;
  }
  if (directive !== "else" && directive !== "end") return false;
  const block = open.pop() ?? unknown(directive);
  if (directive === "else") open.push({ shown: !block.taken, taken: true });
  return true;
}

/** As Helm has it: nothing, zero, and what is empty are false. */
const isTrue = (value: unknown): boolean =>
  Array.isArray(value)
    ? value.length > 0
    : value !== undefined && value !== null && value !== "" && value !== 0 && value !== false;

function printed(directive: string, facts: ChartFacts): string {
  const [name = "", ...pipes] = directive.split("|").map((part) => part.trim());
  return String(pipes.reduce((value, pipe) => (pipeFor[pipe] ?? unknown(directive))(value), named(name, facts)));
}

const pipeFor: Readonly<Record<string, (value: unknown) => string>> = {
  quote: (value) => JSON.stringify(String(value)),
  // JSON is YAML.
  toJson: (value) => JSON.stringify(value),
};

function named(name: string, { values, namespace, version }: ChartFacts): unknown {
  if (name === ".Release.Namespace") return namespace;
  if (name === ".Chart.AppVersion" || name === ".Chart.Version") return version;
  if (!/^\.Values(\.\w+)+$/.test(name)) return unknown(name);
  const path = name.split(".").slice(2);
  return path.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], values);
}

function unknown(directive: string): never {
  throw new Fault("internal", "The agents' chart has a template that is not understood.", { detail: { directive } });
}
