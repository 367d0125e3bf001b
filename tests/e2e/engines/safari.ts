import type { EngineDefinition } from "./engine.js";
import { findExecutable } from "./executables.js";

/** Part of macOS: there is no other safaridriver. */
const DRIVER_DIRECTORY = "/usr/bin";

/** Safari through Apple's safaridriver, which has no headless mode and takes one session at a time. */
export const safari: EngineDefinition = {
  server() {
    const executable = findExecutable({
      names: ["safaridriver"],
      remedy: "Safari and its driver are part of macOS and run on no other system",
      directories: [DRIVER_DIRECTORY],
    });
    return {
      executable,
      arguments: (port) => ["-p", String(port)],
      environment: usersOwnHome(),
    };
  },

  capabilities() {
    return { browserName: "safari" };
  },
};

/**
 * The driver reads in the user's home whether `safaridriver --enable` was run. An empty home is not needed here:
 * Safari gives each automated window a profile of its own.
 */
function usersOwnHome(): Record<string, string> {
  const { HOME = "", TMPDIR = "/tmp" } = process.env;
  return { HOME, TMPDIR };
}
