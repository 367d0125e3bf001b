import { isLoopback } from "../../sw-shim/src/configuration/loopback.js";

/** URLs that the browser may be sent to: these, compared exactly as Cognito does, or every one on this machine's loopback hosts. */
export type AllowedUrls = readonly string[] | "loopback";

export function isAllowed(allowed: AllowedUrls, url: string): boolean {
  if (allowed !== "loopback") return allowed.includes(url);
  if (!URL.canParse(url)) return false;
  const parsed = new URL(url);
  const { protocol, username, password } = parsed;
  return /^https?:$/.test(protocol) && isLoopback(parsed) && username + password === "";
}
