import { ada } from "../../dev-provider/src/users.js";
import { startRecorder } from "./recorder.js";
import { clientTest, describe, engine, expect } from "./scenario.js";

/** Tells the host whether the browser took the worker's static routes. */
const REPORT_ROUTES = `
  const { addRoutes } = globalThis.InstallEvent?.prototype ?? {};
  if (addRoutes) InstallEvent.prototype.addRoutes = async function (rules) {
    const outcome = await addRoutes.call(this, rules).then(() => "added", ({ message }) => message);
    await fetch("/static-routes?" + new URLSearchParams({ outcome }));
  };`;

/** Bases of APIs at which every character must be taken literally. */
const bases = [
  { what: "an IPv6 host", host: "::1", path: "/v1/" },
  { what: "parentheses", host: "127.0.0.1", path: "/notes(v1)/" },
  { what: "an unclosed parenthesis", host: "127.0.0.1", path: "/notes(v1/" },
  { what: "a colon and a name", host: "127.0.0.1", path: "/notes:batch/" },
  { what: "asterisk, plus sign and escaped question mark", host: "127.0.0.1", path: "/*/a+/%3F/" },
  { what: "escaped braces and backslash", host: "127.0.0.1", path: "/%7Ba%7D/%5Bb%5D/" },
];

describe.each(bases)("an API whose URL has $what", ({ host, path }) => {
  clientTest("gets the token, in a worker that is installed", async ({ browser, page, standIns }) => {
    const recorder = await startRecorder(host);
    const { testing } = standIns.host;
    testing.config = { api: [{ url: `${recorder.origin}${path}` }] };
    testing.prelude = REPORT_ROUTES;
    // A policy cannot name an IPv6 address.
    testing.hostHeaders = false;
    await page.openRegistered();
    await page.signIn(ada);
    expect((await page.fetch(`${recorder.origin}${path}items`)).status).toBe(200);
    expect(recorder.requests.at(-1)).toMatchObject({
      method: "GET",
      url: `${path}items`,
      headers: { authorization: expect.stringMatching(/^Bearer /) },
    });
    if (engine !== "chromium") return;
    await browser.waitFor("the routes", async () =>
      testing.requests.some(({ path }) => path === "/static-routes"),
    );
    const report = testing.requests.find(({ path }) => path === "/static-routes");
    expect(report?.query).toEqual({ outcome: "added" });
  });
});
