/** Sources that ship with the platform, so that it can be tried with no network: the folders of infra/local/demos. */
export const demos = ["node", "static", "python", "go"] as const;
export type Demo = (typeof demos)[number];

/** Where a platform serves them. */
export const demoUrl = (platform: string, demo: Demo): string => `${platform}/git/demos/${demo}.git`;
