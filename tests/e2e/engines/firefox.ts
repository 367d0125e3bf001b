import type { EngineDefinition } from "./engine.js";
import { findExecutable } from "./executables.js";

/** Firefox ESR through geckodriver. */
export const firefox: EngineDefinition = {
  server() {
    const executable = findExecutable({
      names: ["geckodriver"],
      remedy: "run `npm run setup`",
    });
    return {
      executable,
      arguments: (port, directory) => [
        `--port=${port}`,
        `--profile-root=${directory}`,
        // Lets the driver's privileged scripts press what a user presses for a shift-reload.
        "--allow-system-access",
      ],
    };
  },

  capabilities(options) {
    const binary = findExecutable({
      names: ["firefox-esr", "firefox"],
      remedy: "install the Debian package firefox-esr",
    });
    return {
      browserName: "firefox",
      "moz:firefoxOptions": {
        binary,
        args: [
          "-headless",
          // The toolbar and animations took a tenth of the processor time of a sign-in.
          "-kiosk",
          `--width=${options.width}`,
          `--height=${options.height}`,
          ...(options.profile ? ["-profile", options.profile] : []),
        ],
        prefs: {
          "dom.serviceWorkers.enabled": options.serviceWorkers,
          "browser.privatebrowsing.autostart": options.privateWindows,
          // Nothing leaves the machine, also not for captive-portal checks and the like.
          "network.captive-portal-service.enabled": false,
          "network.connectivity-service.enabled": false,
          "ui.prefersReducedMotion": 1,
        },
      },
    };
  },
};
