import { createHash } from "node:crypto";

/**
 * Adds a first line with the version and a hash of the rest, so that a copy can be checked without the package of that version.
 *
 * @param {string} version
 * @param {string} script
 */
export function withFirstLine(version, script) {
  const hash = createHash("sha256").update(script).digest("base64");
  return `/* strongroom ${version} | MIT OR Apache-2.0 | sha256-${hash} */\n${script}`;
}
