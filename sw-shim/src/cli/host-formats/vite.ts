import type { HostSettings } from "./format";

/** The plugin that sends the headers in development and preview, as a module beside `vite.config.ts`: that has other plugins. */
export function vite({ options }: HostSettings): string {
  const { workers: _, ...host } = options;
  const text = JSON.stringify(host, null, 2).replace(/^(\s*)"([A-Za-z]\w*)":/gm, "$1$2:");
  return `// The headers in development and preview. Your production host must send them too.
//
// Save this as vite.strongroom.ts, and add the plugin to those in vite.config.ts:
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
