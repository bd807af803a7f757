/** Sources that ship with the platform, so that it can be tried with no network. */
export const demos = ["node", "static", "python", "go"] as const;
export type Demo = (typeof demos)[number];
export const demoUrl = (demo: Demo): string => `${window.location.origin}/git/demos/${demo}.git`;
