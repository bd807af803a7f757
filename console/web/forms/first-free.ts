/** The word, or with the first number that nothing is called by yet. */
export const firstFree = (taken: readonly string[], word: string): string => {
  let n = 1;
  while (taken.includes(n === 1 ? word : `${word}-${n}`)) n += 1;
  return n === 1 ? word : `${word}-${n}`;
};
