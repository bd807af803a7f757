import type { Asked, Question } from "./asked.ts";

let asked: Asked | null = null;
const listeners = new Set<() => void>();
const change = (next: Asked | null) => {
  asked = next;
  for (const listener of listeners) listener();
};
export const currentQuestion = (): Asked | null => asked;
export const onQuestion = (listener: () => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};

export const loadQuestion = () => import("./question.tsx");

/** A yes-or-no question before something is lost that can be made again; by the browser's own means where ours cannot be loaded. */
export async function ask(question: Question): Promise<boolean> {
  try {
    await loadQuestion();
  } catch {
    return window.confirm(`${question.title}\n\n${question.about}`);
  }
  return new Promise((resolve) =>
    change({
      question,
      answer: (yes) => {
        change(null);
        resolve(yes);
      },
    }),
  );
}
