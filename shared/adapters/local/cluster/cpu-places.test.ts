import { cpuPlaces } from "./cpu-places.ts";

const parents = (mounts: string, groups: string) => cpuPlaces(mounts, groups).map((p) => `${p.version} ${p.parent}`);
const unified = "cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid,nodev,noexec,relatime,nsdelegate 0 0";
const hybrid = [
  "tmpfs /sys/fs/cgroup tmpfs rw,relatime,mode=755 0 0",
  "cgroup /sys/fs/cgroup/cpuset cgroup rw,relatime,cpuset 0 0",
  "cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,relatime,cpu,cpuacct 0 0",
  "cgroup2 /sys/fs/cgroup/unified cgroup2 rw,relatime 0 0",
].join("\n");

test("version 2: the group we are in, then those around it", () => {
  expect(parents(unified, "0::/user.slice/user-1000.slice/session-3.scope\n")).toEqual([
    "2 /sys/fs/cgroup/user.slice/user-1000.slice/session-3.scope",
    "2 /sys/fs/cgroup/user.slice/user-1000.slice",
    "2 /sys/fs/cgroup/user.slice",
    "2 /sys/fs/cgroup",
  ]);
});
test("both versions: the one that has the processors first", () => {
  expect(parents(hybrid, "9:cpuset:/a\n4:cpu,cpuacct:/box\n0::/\n")).toEqual([
    "1 /sys/fs/cgroup/cpu,cpuacct/box",
    "1 /sys/fs/cgroup/cpu,cpuacct",
    "2 /sys/fs/cgroup/unified",
  ]);
});
test("a group outside of what is mounted here stands for the root; a mount's name may hold spaces", () => {
  expect(parents("cgroup2 /mnt/my\\040groups cgroup2 rw 0 0", "0::/../../other\n")).toEqual(["2 /mnt/my groups"]);
});
test("without control groups there is no place", () => {
  expect(parents("proc /proc proc rw 0 0", "")).toEqual([]);
});
