import { systemClock } from "../../shared/adapters/local/clock.ts";
import { localTable } from "../../shared/adapters/local/table.ts";
import { memoryTable } from "../../shared/adapters/memory/table.ts";
import { temporaryDirectory } from "../temporary-directory.ts";
import { tableSuite } from "./table.suite.ts";

tableSuite("memory", async () => ({ table: memoryTable(), close: async () => {} }));
tableSuite("local", async () => {
  const directory = await temporaryDirectory();
  const table = localTable({ path: `${directory.path}/table.db`, clock: systemClock() });
  return {
    table,
    close: async () => {
      table.close();
      await directory.remove();
    },
  };
});
