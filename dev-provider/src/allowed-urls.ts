/** URLs that the browser may be sent to: these, compared exactly as Cognito does, or every one on this machine's loopback hosts. */
export type AllowedUrls = readonly string[] | "loopback";

export function isAllowed(allowed: AllowedUrls, url: string): boolean {
  if (allowed !== "loopback") return allowed.includes(url);
  if (!URL.canParse(url)) return false;
  const { protocol, hostname, username, password } = new URL(url);
  return (
    /^https?:$/.test(protocol) &&
    /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname) &&
    username + password === ""
  );
}
