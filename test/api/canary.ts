/** Planted where a secret goes in: it must never come out. */
export const canary = "canary-8f3a1c";
