import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const platform = process.env.PLUVIA_URL ?? "http://localhost:7070";

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  plugins: [react()],
  build: { outDir: "dist", emptyOutDir: true, manifest: true, target: "es2023", sourcemap: false, chunkSizeWarningLimit: 1_200 },
  server: { proxy: { "/v1": { target: platform, ws: true, changeOrigin: false }, "/git": platform } },
});
