import react from "@vitejs/plugin-react";
import { strongroom } from "strongroom/vite";
import { defineConfig } from "vite";

export default defineConfig({ plugins: [react(), strongroom({ config: "vault.config.ts" })] });
