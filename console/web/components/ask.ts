interface Question {
  readonly title: string;
  readonly about: string;
  readonly ok: string;
  readonly cancel: string;
}
export interface Asked {
  readonly question: Question;
  readonly answer: (yes: boolean) => void;
}
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

/** A yes-or-no question before something is lost that can be made again. */
export const ask = (question: Question): Promise<boolean> =>
  new Promise((resolve) =>
    change({
      question,
      answer: (yes) => {
        change(null);
        resolve(yes);
      },
    }),
  );
