import { createHash } from "node:crypto";

/**
 * The worker file begins with a line that says which version it is, and has a hash of the rest: whoever has a copy can
 * tell whether somebody changed it, without having the package of that version.
 *
 * @param {string} version
 * @param {string} script
 */
export function withFirstLine(version, script) {
  const hash = createHash("sha256").update(script).digest("base64");
  return `/* strongroom ${version} | MIT OR Apache-2.0 | sha256-${hash} */\n${script}`;
}
