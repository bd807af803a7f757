import type { DurableText } from "../../ports/durable-text.ts";

export function memoryDurableText(): DurableText {
  let kept: { text: string; version: string } | undefined;
  return {
    read: async () => kept,
    write: async (text, version) => {
      if (kept?.version !== version) return false;
      kept = { text, version: String(Number(version ?? 0) + 1) };
      return true;
    },
  };
}
