/** As the contract has it. */
export const isVolumeName = (name: string): boolean => /^[a-z]([a-z0-9-]{0,28}[a-z0-9])?$/.test(name);
export const isPath = (path: string): boolean =>
  path.length <= 500 && /^(\/[^/\0]+)+$/.test(path) && !path.split("/").includes("..");
