import type { ServerCommand } from "./supervised.js";

/** The three engines every scenario runs in. */
export const ENGINES = ["chromium", "firefox", "webkit"] as const;
export type Engine = (typeof ENGINES)[number];

/** What can be launched: an engine's browser on Linux, or Safari on macOS. */
export type BrowserName = Engine | "safari";

/** Safari's engine is WebKit, and its driver has the same limits as WebKitGTK's, so scenarios treat both alike. */
export function engineOf(name: BrowserName): Engine {
  return name === "safari" ? "webkit" : name;
}

export interface BrowserOptions {
  width: number;
  height: number;
  /** `false` starts a browser that has no service workers. Firefox only. */
  serviceWorkers: boolean;
  /** Opens only private windows. Not in WebKit, whose drivers always do. */
  privateWindows: boolean;
  /** A folder whose profile is used and kept, instead of a fresh one. Not in WebKit, whose drivers keep nothing. */
  profile: string | null;
  /** Additional arguments. Chromium only. */
  chromiumArguments: string[];
}

/** What differs between the engines before a session exists. */
export interface EngineDefinition {
  server(runAsRoot: boolean): ServerCommand;
  capabilities(options: BrowserOptions, runAsRoot: boolean): Record<string, unknown>;
}
