import type { EngineDefinition } from "./engine.js";
import { findExecutable } from "./executables.js";

/** Debian's Chromium through chromedriver. */
export const chromium: EngineDefinition = {
  server() {
    const executable = findExecutable({
      names: ["chromedriver"],
      remedy: "install the Debian package chromium-driver",
    });
    return { executable, arguments: (port) => [`--port=${port}`] };
  },

  capabilities(options, runAsRoot) {
    const binary = findExecutable({
      names: ["chromium", "google-chrome"],
      remedy: "install the Debian package chromium",
    });
    return {
      browserName: "chrome",
      // For the scenario that needs HTTP/2, and with it TLS, on this machine.
      acceptInsecureCerts: true,
      "goog:chromeOptions": {
        binary,
        args: [
          "--headless",
          // The sandbox cannot start as root.
          ...(runAsRoot ? ["--no-sandbox"] : []),
          "--disable-gpu",
          "--disable-quic",
          // Without a GPU, drawing the toolbar and animations took a quarter of the processor time of session/replay.
          "--kiosk",
          "--force-prefers-reduced-motion",
          "--no-first-run",
          "--disable-background-networking",
          "--disable-component-update",
          "--disable-sync",
          ...(options.privateWindows ? ["--incognito"] : []),
          ...(options.profile ? [`--user-data-dir=${options.profile}`] : []),
          `--window-size=${options.width},${options.height}`,
          ...options.chromiumArguments,
        ],
      },
    };
  },
};
