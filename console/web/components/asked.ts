export interface Question {
  readonly title: string;
  readonly about: string;
  readonly ok: string;
  readonly cancel: string;
}
export interface Asked {
  readonly question: Question;
  readonly answer: (yes: boolean) => void;
}
