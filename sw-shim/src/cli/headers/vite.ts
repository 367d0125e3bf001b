import type { HostSettings } from "./format";

/** The plugin that sends the headers in development and preview, as a module beside `vite.config.ts`: that has other plugins. */
export function vite({ options }: HostSettings): string {
  const { workers: _, ...host } = options;
  const text = JSON.stringify(host, null, 2).replace(/^(\s*)"([A-Za-z]\w*)":/gm, "$1$2:");
  return `// The headers in development and in preview. Production needs them too, from its own host.
//
// Save this as vite.strongroom.ts, and add the plugin to vite.config.ts beside those that are there:
//
//   import { vault } from "./vite.strongroom";
//
//   plugins: [react(), vault],
import { strongroom } from "strongroom/vite";

export const vault = strongroom({
  host: ${text.replace(/\n/g, "\n  ")},
});
`;
}
