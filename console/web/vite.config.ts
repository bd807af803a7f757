import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const platform = process.env.PLUVIA_URL ?? "http://localhost:7070";

/** Few requests on the first load, and still nothing in it that only later pages need. */
const initial: "$initial"[] = ["$initial"];
const codeSplitting = {
  groups: [
    { name: "vendor", tags: initial, test: /node_modules/, priority: 2 },
    { name: "console", tags: initial, test: /console\/web\/(ui|components|api|forms|pages)\/|shared\// },
  ],
};

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  plugins: [react()],
  build: {
    outDir: "dist",
    emptyOutDir: true,
    manifest: true,
    target: "es2023",
    sourcemap: false,
    chunkSizeWarningLimit: 1_200,
    rolldownOptions: { output: { codeSplitting } },
  },
  server: { proxy: { "/v1": { target: platform, ws: true, changeOrigin: false }, "/git": platform } },
});
