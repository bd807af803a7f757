import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";
import { operations } from "../../shared/contract/operations.ts";

/** The operations table without its schemas, so that zod stays out of the browser: `virtual:operations`. */
function operationsTable(): Plugin {
  const id = "virtual:operations";
  const routes = Object.fromEntries(
    Object.entries(operations)
      .filter(([, operation]) => operation.audience !== "agent" && operation.audience !== "build")
      .map(([name, operation]) => [name, [operation.method, operation.path]]),
  );
  return {
    name: "pluvia-operations",
    resolveId: (source) => (source === id ? `\0${id}` : undefined),
    load: (source) => (source === `\0${id}` ? `export const routes = ${JSON.stringify(routes)};` : undefined),
  };
}

const platform = process.env["PLUVIA_URL"] ?? "http://localhost:7070";

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  plugins: [react(), operationsTable()],
  build: { outDir: "dist", emptyOutDir: true, manifest: true, target: "es2023", sourcemap: false, chunkSizeWarningLimit: 1_200 },
  server: { proxy: { "/v1": { target: platform, ws: true, changeOrigin: false }, "/git": platform } },
});
