import { fileURLToPath } from "node:url";
import type { EngineDefinition } from "./engine.js";
import { findExecutable } from "./executables.js";

const underXvfb = fileURLToPath(new URL("under-xvfb.sh", import.meta.url));

/** WebKitGTK's MiniBrowser through WebKitWebDriver, on an X server of its own. */
export const webkit: EngineDefinition = {
  server(runAsRoot) {
    const driver = findExecutable({
      names: ["WebKitWebDriver"],
      remedy: "install the Debian package webkit2gtk-driver",
    });
    for (const [name, debianPackage] of [
      ["Xvfb", "xvfb"],
      ["dbus-run-session", "dbus"],
    ] as const) {
      findExecutable({ names: [name], remedy: `install the Debian package ${debianPackage}` });
    }
    return {
      executable: underXvfb,
      arguments: (port, directory) => [directory, driver, `--port=${port}`],
      environment: {
        // bubblewrap cannot make its namespaces as root in a container; for everybody else the sandbox stays.
        ...(runAsRoot ? { WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1" } : {}),
        GDK_BACKEND: "x11",
        NO_AT_BRIDGE: "1",
        LIBGL_ALWAYS_SOFTWARE: "1",
        // Without a GPU, compositing took a fifth of the processor time of session/replay.
        WEBKIT_DISABLE_COMPOSITING_MODE: "1",
      },
    };
  },

  capabilities() {
    const binary = findExecutable({
      names: ["MiniBrowser"],
      remedy: "install the Debian package webkit2gtk-driver",
      directories: ["4.1", "6.0", "4.0"].map((version) => `/usr/lib/x86_64-linux-gnu/webkit2gtk-${version}`),
    });
    return {
      browserName: "MiniBrowser",
      "webkitgtk:browserOptions": { binary, args: ["--automation"] },
    };
  },
};
