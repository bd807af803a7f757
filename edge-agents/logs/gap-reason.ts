/** Why lines are missing, as it is kept with their count, and the stable word for each. */
export const gapReasons = {
  fast: "more lines came than are kept per second",
  volume: "the team's components have logged all that they may in a day in this data center",
} as const;

const codes: Readonly<Record<string, string>> = { [gapReasons.volume]: "gap.volume" };
export const gapCodeOf = (reason: string): string => codes[reason] ?? "gap.fast";
