import { localLease } from "../../shared/adapters/local/lease.ts";
import { memoryLease } from "../../shared/adapters/memory/lease.ts";
import { temporaryDirectory } from "../temporary-directory.ts";
import { leaseSuite } from "./lease.suite.ts";

leaseSuite("memory", async (clock) => ({ lease: memoryLease({ clock }), close: async () => {} }));
leaseSuite("local", async (clock) => {
  const directory = await temporaryDirectory();
  const lease = localLease({ path: `${directory.path}/leases.db`, clock });
  return {
    lease,
    close: async () => {
      lease.close();
      await directory.remove();
    },
  };
});
