/** Why a terminal is over, for people; `code` is a stable word for it. */
export interface Ending {
  readonly code: string;
  readonly reason: string;
}

export const endings = {
  exited: { code: "terminal.exited", reason: "The program ended." },
  closed: { code: "terminal.closed", reason: "The terminal was closed." },
  idle: { code: "terminal.idle", reason: "Nothing was typed for too long." },
  long: { code: "terminal.long", reason: "The terminal was open for too long." },
  left: { code: "terminal.left", reason: "Nobody came back to the terminal." },
  elsewhere: { code: "terminal.elsewhere", reason: "The terminal goes on in another window." },
  stopping: { code: "terminal.stopping", reason: "The data center is being stopped." },
  gone: {
    code: "terminal.gone",
    reason: "The terminal is gone: nobody was there for too long, or the data center was restarted.",
  },
} as const satisfies Readonly<Record<string, Ending>>;
