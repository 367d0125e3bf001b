import { strongroom } from "strongroom/vite";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [strongroom({ config: "vault.config.ts" })],
});
