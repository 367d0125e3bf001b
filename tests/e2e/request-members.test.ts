import { ada } from "../../dev-provider/src/users.js";
import { clientTest, describe, engine, expect } from "./scenario.js";

/** Reports every member of a page's request, and of the request that the worker made from it. */
const PRELUDE = `
  const channel = new BroadcastChannel("members");
  const getters = Object.entries(Object.getOwnPropertyDescriptors(Request.prototype)).filter(([, { get }]) => get);
  // The browser sets these itself, also for the worker's request.
  const isPages = ([name]) => !/^(authorization|user-agent|sec-.*)$/.test(name);
  const membersOf = (request) =>
    Object.fromEntries(
      getters.map(([name]) => {
        const value = request[name];
        if (value instanceof Headers) return [name, Object.fromEntries([...value].filter(isPages))];
        return [name, typeof value === "object" && value !== null ? String(value) : value];
      }),
    );
  let page;
  addEventListener("fetch", ({ request }) => {
    if (request.url.includes("members")) page = membersOf(request);
  });
  let sent;
  const send = self.fetch;
  self.fetch = (request, init) => {
    if (request.url?.includes("members")) sent = membersOf(request);
    return send.call(self, request, init);
  };
  channel.onmessage = () => channel.postMessage({ page, sent });`;

/** Members of a request, each with another value than the default. */
const INITS: Record<string, RequestInit> = {
  nothing: {},
  "a method and a body": { method: "POST", body: "x", headers: { "content-type": "text/plain" } },
  "no referrer": { referrerPolicy: "no-referrer" },
  "a referrer": { referrer: "/elsewhere?secret=1", referrerPolicy: "unsafe-url" },
  "a cache mode": { cache: "no-cache" },
  "a credentials mode": { credentials: "omit" },
  "an integrity": { integrity: "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" },
  // Firefox does not pass such a fetch to a worker: service-worker-limits.test.ts.
  ...(engine === "firefox" ? {} : { keepalive: { keepalive: true } }),
  "a redirect mode": { redirect: "manual" },
};

describe("a page's request to an API keeps every member, the redirect mode and the token aside", () => {
  for (const [what, init] of Object.entries(INITS)) {
    clientTest(`with ${what}`, async ({ browser, page, standIns }) => {
      standIns.host.testing.prelude = PRELUDE;
      await page.openRegistered();
      await page.signIn(ada);
      const { page: made, sent } = await browser.evaluate(
        async (url, init) => {
          // The members do not depend on the response.
          await fetch(url, init as RequestInit).catch(() => {});
          return await new Promise<Record<"page" | "sent", Record<string, unknown>>>((resolve) => {
            const channel = new BroadcastChannel("members");
            channel.onmessage = ({ data }) => resolve(data as never);
            // The worker reports only when asked: an earlier message could get lost, because the browser may not know this channel yet.
            channel.postMessage("report");
          });
        },
        `${standIns.api.url}me?members`,
        init as Record<string, string>,
      );
      expect(Object.keys(made)).toContain("referrerPolicy");
      // If only a path is the API, the worker refuses redirects, which would carry the token.
      expect(sent).toEqual({ ...made, redirect: "manual" });
    });
  }
});
