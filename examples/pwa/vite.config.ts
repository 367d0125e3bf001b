import { strongroom } from "strongroom/vite";
import { defineConfig } from "vite";
import { VitePWA } from "vite-plugin-pwa";

export default defineConfig({
  plugins: [
    strongroom({
      worker: "/service-worker.js",
      host: {
        api: ["https://api.example.com/v1/"],
        provider: {
          authorizationEndpoint: "https://auth.example.com/oauth2/authorize",
          tokenEndpoint: "https://auth.example.com/oauth2/token",
        },
      },
    }),
    VitePWA({
      strategies: "injectManifest",
      srcDir: "worker",
      filename: "service-worker.ts",
      // connect() registers it.
      injectRegister: null,
      manifest: { name: "Strongroom beside Workbox", display: "standalone" },
      injectManifest: {
        // One classic script: the keeper runs it in a shared worker, which does not load modules here.
        rollupFormat: "iife",
        // service-worker.js already contains the vault.
        globIgnores: ["strongroom-worker.js"],
      },
    }),
  ],
});
