import type { Notice, Notifier } from "../../ports/notifier.ts";

export interface MemoryNotifier extends Notifier {
  readonly sent: readonly Notice[];
}

export function memoryNotifier(): MemoryNotifier {
  const sent: Notice[] = [];
  return {
    sent,
    send: async (notice) => {
      sent.push(notice);
    },
  };
}
