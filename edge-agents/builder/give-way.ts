import { getPriority, setPriority } from "node:os";

const buildPriority = 10;

/** Builds give way to what runs. Best effort: nobody but root may take a process forward that was told to give way more. */
export function giveWay(pid: number): void {
  try {
    if (getPriority(pid) < buildPriority) setPriority(pid, buildPriority);
  } catch {
    // It ended already, or the machine does not allow it: the build is the same.
  }
}
