import react from "@vitejs/plugin-react";
import { strongroom } from "strongroom/vite";
import { defineConfig, loadEnv, type Plugin } from "vite";
import { devProviderConfiguration } from "../dev-provider/src/configuration.ts";
import { labPayload } from "./servers/lab/payload.ts";
import { localPorts } from "./servers/ports.ts";

export default defineConfig(({ mode }) => {
  const ports = localPorts(loadEnv(mode, ".", "STRONGROOM_").STRONGROOM_PORT);
  const local = devProviderConfiguration(ports.authorizationServer);
  const host = { api: local.api.map(({ url }) => url), provider: local.provider };
  return {
    plugins: [react(), strongroom({ host }), labPayloadFile()],
    build: {
      outDir: "dist",
      // The host's policy is `script-src 'self'; style-src 'self'`: every script and style stays a file of its own.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
    },
  };
});

/** The payload is a file that the lab's page can both show and run. */
function labPayloadFile(): Plugin {
  return {
    name: "lab-payload",
    apply: "build",
    generateBundle() {
      this.emitFile({ type: "asset", fileName: "lab-payload.js", source: labPayload() });
    },
  };
}
