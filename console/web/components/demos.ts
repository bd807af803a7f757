/** Sources that ship with the platform, so that it can be tried with no network. */
export const demos = [
  { name: "hello-node", word: "Node" },
  { name: "hello-static", word: "Static" },
  { name: "hello-python", word: "Python" },
] as const;
export type Demo = (typeof demos)[number];
export const demoUrl = (demo: Demo): string => `${window.location.origin}/git/demos/${demo.name}.git`;
