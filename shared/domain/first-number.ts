/** Where numbering begins when it may be that an earlier one was lost: numbers go on growing, if there was less than one in ten minutes on average. */
export const firstNumber = (now: Date): number => Math.floor((now.getTime() - Date.UTC(2026, 0, 1)) / 600_000) + 1;
