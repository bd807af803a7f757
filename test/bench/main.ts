// npm run bench: every bench in turn, or those named: npm run bench -- queue api. Each prints its ratio last.
const benches: Record<string, () => Promise<{ run: () => Promise<void> }>> = {
  queue: async () => ({ run: (await import("./queue.ts")).queueBench }),
  api: async () => ({ run: (await import("./api.ts")).apiBench }),
  functions: async () => ({ run: (await import("./functions.ts")).functionsBench }),
  gateway: async () => ({ run: (await import("./gateway.ts")).gatewayBench }),
  logs: async () => ({ run: (await import("./logs.ts")).logsBench }),
  build: async () => ({ run: (await import("./build.ts")).buildBench }),
  scheduler: async () => ({ run: (await import("./scheduler.ts")).schedulerBench }),
  rollback: async () => ({ run: (await import("./rollback.ts")).rollbackBench }),
  soak: async () => ({ run: (await import("./soak.ts")).soakBench }),
  terminal: async () => ({ run: (await import("./terminal.ts")).terminalBench }),
  push: async () => ({ run: (await import("./push.ts")).pushBench }),
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in benches));
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(", ")}; there are ${Object.keys(benches).join(", ")}.`);
  process.exit(2);
}
for (const [name, load] of Object.entries(benches)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  console.log(`== ${name}`);
  try {
    await (await load()).run();
  } catch (error) {
    console.error(`${name} failed:`, error);
    process.exitCode = 1;
  }
}
