import { isIP } from "node:net";

/**
 * Whether two URLs are of one site: the same scheme and the same registrable domain. The whole Public Suffix List is larger than the
 * rest of this program, so only suffixes that deployed apps are likely to share are known: those of hosts, and of countries.
 */
export function isSameSite(one: URL, other: URL): boolean {
  if (one.protocol !== other.protocol) return false;
  if (one.hostname === other.hostname) return true;
  if ([one, other].some(({ hostname }) => isIP(hostname.replace(/^\[|\]$/g, "")) !== 0)) return false;
  const labels = ({ hostname }: URL) => hostname.split(".").reverse();
  const others = labels(other);
  const end = labels(one).findIndex((label, index) => label !== others[index]);
  const shared = (end < 0 ? labels(one) : labels(one).slice(0, end)).reverse();
  return shared.length > 1 && !PUBLIC_SUFFIX.test(shared.join("."));
}

const PUBLIC_SUFFIX = new RegExp(
  `^(${[
    "(ac|co|com|edu|gob|gov|ne|net|or|org)\\.[a-z]{2}",
    "(azurestaticapps|cloudfront|azurewebsites)\\.net",
    "[0-9]+\\.azurestaticapps\\.net|(centralus|eastasia|eastus2|westeurope|westus2)(\\.[0-9]+)?\\.azurestaticapps\\.net",
    "(firebaseapp|amplifyapp|herokuapp|onrender)\\.com|([a-z0-9-]+\\.)?amplifyapp\\.com",
    "(vercel|netlify|web|fly|run)\\.app|(pages|workers|deno)\\.dev",
    "(github|gitlab)\\.io|s3\\.amazonaws\\.com|s3-website[.-][a-z0-9-]+\\.amazonaws\\.com",
  ].join("|")})$`,
);
