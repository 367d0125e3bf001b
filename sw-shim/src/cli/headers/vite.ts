import type { HostSettings } from "./format";

/** `vite.config.ts`, whose plugin sends the headers in development and preview. */
export function vite({ options }: HostSettings): string {
  const { workers: _, ...host } = options;
  const text = JSON.stringify(host, null, 2).replace(/^(\s*)"([A-Za-z]\w*)":/gm, "$1$2:");
  return `// vite.config.ts: the headers in development and in preview. Production needs them too, from its own host.
import { strongroom } from "strongroom/vite";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [
    strongroom({
      host: ${text.replace(/\n/g, "\n      ")},
    }),
  ],
});
`;
}
