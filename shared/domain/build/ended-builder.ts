import type { Advice } from "../../contract/component.ts";

/** How much of something a build may take, and the setting by which an operator says so. */
export interface Allowance {
  readonly mib: number;
  readonly setting: string;
}

export const outOfMemory = ({ mib, setting }: Allowance): Advice => ({
  code: "build.memory",
  message: `The build ran out of its memory of ${mib} MiB, and was ended.`,
  next: `Let it need less, as by fewer jobs at once or a smaller heap, or ask the operator to raise ${setting}; then deploy again.`,
  params: { mib, setting },
});

export const outOfDisk = ({ mib, setting }: Allowance): Advice => ({
  code: "build.disk",
  message: `The build wrote more than the ${mib} MiB of disk that a build may take, and was ended.`,
  next: `Let it fetch and write less, or ask the operator to raise ${setting}; then deploy again.`,
  params: { mib, setting },
});

/** Its builder could not say so itself: it never began, or did not answer any more. */
export const overtime: Advice = {
  code: "build.overtime",
  message: "The builder was not done in the time that a build may take, and was ended.",
  next: "Look at the last lines of the log, if there are any, for what it waited for. Without a line the cluster had no room for it: ask the operator.",
};

export const imageNotPulled = ({ image, said, settings }: { image: string; said: string; settings: string }): Advice => ({
  code: "builder.image",
  message: `The builder could not begin, as nodes cannot pull its image ${image}: ${said}`,
  next: `Ask the operator to see to the image and to the credentials for it (${settings}); then deploy again.`,
  params: { image, said, settings },
});

/** Without a limit of its own a build shares the machine's memory with all else. */
export const machineOutOfMemory = (step: string): Advice => ({
  code: "machine.memory",
  message: `The machine ran out of memory, and its system ended ${step}.`,
  next: "Let the build need less, as by fewer jobs at once or a smaller heap; or ask the operator for more memory or fewer builds at once (PLUVIA_BUILDS_AT_ONCE). Then deploy again.",
  params: { step },
});
