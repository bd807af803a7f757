/** A header is one line: what would begin another becomes a space. */
export const oneLine = (text: string): string => text.replaceAll(/\p{Cc}+/gu, " ");
