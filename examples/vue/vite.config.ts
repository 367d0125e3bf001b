import vue from "@vitejs/plugin-vue";
import { strongroom } from "strongroom/vite";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [
    vue(),
    // Vue creates a Trusted Types policy with this name.
    strongroom({ config: "vault.config.ts", host: { policy: { "trusted-types": ["vue"] } } }),
  ],
});
