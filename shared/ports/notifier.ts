/** Words to a person, in plain text. */
export interface Notice {
  /** An e-mail address that was parsed. */
  readonly to: string;
  /** One line. */
  readonly subject: string;
  readonly text: string;
}

/** Tells people what reaches them nowhere else. Notices may carry secrets (a link that works once): they are written to no log. */
export interface Notifier {
  /** Resolves once it is handed on and not ours to lose. @throws Fault `unavailable`; asking again may tell it twice. */
  send(notice: Notice): Promise<void>;
}
