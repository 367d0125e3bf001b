import type { HostRule } from "../../headers";
import { filesOf, type HostSettings, json, kindsOf, literalPattern } from "./format";

/** The file with the page for the worker's endpoints, in the app's public folder. */
export const PAGE_FILE = "strongroom-endpoint.html";

/** `vercel.json`, with `routes`: only they can give a path both a file and a status. */
export function vercel({ rules }: HostSettings): string {
  const { callback, endpoints, workers, app } = kindsOf(rules);
  const below = literalPattern(endpoints.path.slice(0, -1));
  const others = [below, ...workers.map(({ path }) => `${literalPattern(path)}$`)].join("|");
  const routes = [
    { src: literalPattern(callback.path), headers: callback.headers, status: callback.page.status },
    {
      src: `${below}.*`,
      headers: endpoints.headers,
      status: endpoints.page.status,
      dest: `/${PAGE_FILE}`,
    },
    ...workers.map(({ path, headers }) => ({ src: literalPattern(path), headers, continue: true })),
    // The policies of the worker and of the app conflict: no path gets both.
    { src: `(?!${others}).*`, headers: app.headers, continue: true },
    { handle: "filesystem" },
    ...workers.map(({ path }) => ({ src: literalPattern(path), status: 404 })),
    { src: "/.*", dest: "/index.html" },
  ];
  return `${JSON.stringify({ routes }, null, 2)}\n`;
}

/** `vercel.json` of a vault origin. */
export function vercelVault(rules: HostRule[]): string {
  const { files, missing } = filesOf(rules);
  const notFound = { headers: missing.headers, status: missing.page.status, dest: "/404.html" };
  const routes = [
    ...files.map(({ path, headers }) => ({ src: literalPattern(path), headers, continue: true })),
    // Also for files that are in the folder but do not belong to the vault.
    { src: `(?!${files.map(({ path }) => `${literalPattern(path)}$`).join("|")}).*`, ...notFound },
    { handle: "filesystem" },
    { src: "/.*", ...notFound },
  ];
  return `${json({ routes })}\n`;
}
