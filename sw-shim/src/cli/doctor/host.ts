import type { Received } from "../../checks/network";

/** Headers that identify hosts, and the hosts' names in `strongroom headers --for`. */
const KNOWN: [name: string, value: RegExp, host: string][] = [
  ["x-vercel-id", /./, "vercel"],
  ["x-nf-request-id", /./, "netlify"],
  ["x-amz-cf-id", /./, "cloudfront"],
  ["server", /^nginx/i, "nginx"],
];

/** The app's host, if the response with the app's page identifies it. */
export function hostOf(page: Received): string {
  if (page.body.includes("/@vite/client")) return "vite";
  if (page.url.hostname.endsWith(".pages.dev")) return "cloudflare";
  if (page.url.hostname.endsWith(".azurestaticapps.net")) return "azure";
  if (/\.(web\.app|firebaseapp\.com)$/.test(page.url.hostname)) return "firebase";
  const known = KNOWN.find(([name, value]) => value.test(page.headers.get(name) ?? ""));
  return known?.[2] ?? "<your host>";
}
