import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// The pages are served by the web process under the same origin; nothing is fetched from elsewhere.
export default defineConfig({
  plugins: [react()],
  build: { target: "es2022", assetsInlineLimit: 0, sourcemap: false },
});
