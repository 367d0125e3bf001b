/** @import { Requirement } from "../checks/check.ts" */
import { existsSync } from "node:fs";
import { findProgram, run } from "../lib/commands.mjs";
import { Problem, step } from "../lib/steps.mjs";

/** Debian's Chromium and its driver. */
export const chromium = fromDebian("Chromium with chromedriver", {
  chromium: ["chromium", "google-chrome"],
  "chromium-driver": ["chromedriver"],
});

/** Firefox. Its driver, geckodriver, is not a Debian package. */
export const firefox = fromDebian("Firefox", {
  "firefox-esr": ["firefox-esr", "firefox"],
});

/** WebKitGTK with its driver, and the display and bus that it requires. */
export const webkit = fromDebian("WebKitGTK with WebKitWebDriver, Xvfb and dbus-run-session", {
  "webkit2gtk-driver": ["WebKitWebDriver"],
  xvfb: ["Xvfb"],
  dbus: ["dbus-run-session"],
});

/**
 * Safari and its driver are part of macOS. Whether the user has allowed automation is known when a session begins.
 *
 * @type {Requirement}
 */
export const safari = {
  name: "Safari with safaridriver",
  isHere: () => existsSync("/usr/bin/safaridriver"),
  async install() {
    throw new Problem(
      "/usr/bin/safaridriver was not found. It is part of macOS. Update macOS, then run `sudo safaridriver --enable` once.",
    );
  },
};

/** Another installation may be running, as on a machine that has just started. */
const UNATTENDED = ["--yes", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300"];

/**
 * Programs of Debian packages, however they were installed.
 *
 * @param {string} name
 * @param {Record<string, string[]>} programs by Debian package; any one of the programs will do
 * @returns {Requirement}
 */
function fromDebian(name, programs) {
  const missing = () =>
    Object.entries(programs)
      .filter(([, names]) => !names.some(findProgram))
      .map(([debianPackage]) => debianPackage);

  return {
    name,
    isHere: () => missing().length === 0,
    async install() {
      const packages = missing();
      const root = await asRoot();
      if (!existsSync("/etc/debian_version") || findProgram("apt-get") === undefined || root === undefined) {
        const what = packages.map((each) => `${each} (for ${programs[each]?.[0]})`).join(", ");
        throw new Problem(
          `${name} is needed by tests. Install these Debian packages and run this again: ${what}. Or run only checks that do not need it: npm test -- --list.`,
        );
      }
      await refreshPackageLists(root);
      await step(`Installing ${packages.join(", ")} with apt-get`, (onOutput) =>
        aptGet(root, ["install", ...UNATTENDED, ...packages], onOutput),
      );
    },
  };
}

/** The prefix that runs a command as root, or `undefined` if this user may not. */
async function asRoot() {
  if (process.getuid?.() === 0) return [];
  if (findProgram("sudo") && (await run("sudo", ["-n", "true"])).ok) return ["sudo", "-n"];
  return undefined;
}

/** @type {Promise<void> | undefined} */
let refreshed;

/** @param {string[]} root */
function refreshPackageLists(root) {
  refreshed ??= step("Refreshing the list of Debian packages", (onOutput) =>
    aptGet(root, ["update"], onOutput),
  );
  return refreshed;
}

/**
 * @param {string[]} root
 * @param {string[]} args
 * @param {(text: string) => void} onOutput
 */
function aptGet(root, args, onOutput) {
  const [command, ...before] = [...root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"];
  return run(`${command}`, [...before, ...args], { onOutput });
}
