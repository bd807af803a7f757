import type { Attachment } from "../../../shared/contract/component.ts";
import { envLine, parseEnv } from "./variables.ts";

/** A container as it is being typed. */
export interface AttachmentText extends Omit<Attachment, "command" | "variables"> {
  /** A word a line; empty: what the image says. */
  readonly command: string;
  /** NAME=value, one a line. */
  readonly variables: string;
}

export const textOf = ({ command, variables, ...same }: Attachment): AttachmentText => ({
  ...same,
  command: (command ?? []).join("\n"),
  variables: Object.entries(variables)
    .map(([name, value]) => envLine(name, value))
    .join("\n"),
});

export function attachmentOf({ command, variables, ...same }: AttachmentText): Attachment {
  const words = command.split("\n").filter((word) => word !== "");
  return {
    ...same,
    image: same.image.trim(),
    command: words.length > 0 ? words : null,
    variables: { ...parseEnv(variables).set },
  };
}

/** The rule of the contract's Attachment, which needs zod. */
const isName = (name: string): boolean => /^[a-z]([a-z0-9-]{0,28}[a-z0-9])?$/.test(name);

/** What is wrong, as a key of the catalogue. */
export function attachmentProblem(
  text: AttachmentText,
): "containers.badName" | "containers.noImage" | "containers.badVariables" | null {
  if (!isName(text.name)) return "containers.badName";
  if (text.image.trim() === "") return "containers.noImage";
  const { badLines, reserved } = parseEnv(text.variables);
  return badLines.length + reserved.length > 0 ? "containers.badVariables" : null;
}
