import { type HostSettings, kindsOf, literalPattern } from "./format";

/** The file that the page of the worker's endpoints is served from, below the app's public folder. */
export const PAGE_FILE = "strongroom-endpoint.html";

/** `vercel.json`. By `routes`, which alone can give a path a file and a status of its own. */
export function vercel({ rules }: HostSettings): string {
  const { unfinished, endpoints, workers, app } = kindsOf(rules);
  const below = literalPattern(endpoints.path.slice(0, -1));
  const others = [below, ...workers.map(({ path }) => `${literalPattern(path)}$`)].join("|");
  const routes = [
    {
      src: literalPattern(unfinished.path),
      headers: unfinished.headers,
      status: unfinished.page.status,
      dest: `/${PAGE_FILE}`,
    },
    { src: `${below}.*`, headers: endpoints.headers, status: endpoints.page.status },
    ...workers.map(({ path, headers }) => ({ src: literalPattern(path), headers, continue: true })),
    // The worker's policy and the app's exclude each other: no path gets both.
    { src: `(?!${others}).*`, headers: app.headers, continue: true },
    { handle: "filesystem" },
    ...workers.map(({ path }) => ({ src: literalPattern(path), status: 404 })),
    { src: "/.*", dest: "/index.html" },
  ];
  return `${JSON.stringify({ routes }, null, 2)}\n`;
}
