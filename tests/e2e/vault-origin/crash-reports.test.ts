import { createHash, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { type VaultResponse, vaultOriginHandler } from "strongroom-demo/servers/vault-origin.js";
import { describe, expect, onTestFinished, test } from "vitest";
import { built } from "../built.js";
import { crashFrame } from "../engines/devtools.js";
import { launch } from "../engines/launch.js";
import { selfSigned } from "../self-signed.js";

/** The host above app and vault. The attacker chooses its headers, but neither of their files. */
const SITE = "strongroom.localhost";

const CALLBACK = "/callback.html?code=of-the-attackers-flow&state=attack";

describe("script that crashes the vault's process, with a callback in a frame,", () => {
  test("does not make the browser report the callback's URL to a host above the vault", async () => {
    expect(await reportOfACrash((response) => response)).toEqual({ to: `vault.${SITE}`, of: CALLBACK });
  });

  test("would do so without the vault's Report-To", async () => {
    const without = ({ headers: { "Report-To": _reportTo, ...headers }, ...response }: VaultResponse) => ({
      ...response,
      headers,
    });
    expect(await reportOfACrash(without)).toEqual({ to: SITE, of: CALLBACK });
  });
});

/** Embeds the callback and crashes its process. Returns which host got the browser's report, and of which page it is. */
async function reportOfACrash(change: (response: VaultResponse) => VaultResponse) {
  const { key, cert } = await selfSigned();
  let report = (_to: string, _body: string) => {};
  const reported = new Promise<{ to: string; of: string }>((resolve) => {
    report = (to, body) => {
      for (const { url } of JSON.parse(body)) {
        const { pathname, search } = new URL(url);
        if (pathname === "/callback.html") resolve({ to, of: pathname + search });
      }
    };
  });
  const server = createServer({ key, cert }, async (request, response) => {
    const { host = "", "content-type": type } = request.headers;
    const [name = ""] = host.split(":");
    if (type === "application/reports+json") report(name, await text(request));
    if (name.startsWith("vault.")) return vault(request, response);
    response.setHeader("Content-Type", "text/html");
    if (name === SITE) {
      const group = { group: "default", max_age: 600, include_subdomains: true };
      response.setHeader("Report-To", JSON.stringify({ ...group, endpoints: [{ url: "/reports" }] }));
      // Before it sends the report of another origin, the browser asks whether it may.
      response.setHeader("Access-Control-Allow-Origin", "*");
      response.setHeader("Access-Control-Allow-Headers", "*");
    }
    response.end("<!doctype html><title>Page</title>");
  }).listen(0, "localhost");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const [app, above] = [`https://app.${SITE}:${port}`, `https://${SITE}:${port}`];
  const vault = vaultOriginHandler({
    apps: [app],
    workerScript: built.workerFile,
    config: () => ({
      provider: {
        issuer: above,
        clientId: "client",
        authorizationEndpoint: `${above}/authorize`,
        tokenEndpoint: `${above}/token`,
        logoutEndpoint: `${above}/logout`,
      },
      scopes: ["openid"],
      api: [{ url: `${above}/v1/` }],
    }),
    change: (_path, response) => change(response),
  });
  const { publicKey } = new X509Certificate(cert);
  const pin = createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("base64");
  const browser = await launch("chromium", {
    // The browser ignores the headers of a server whose certificate it does not trust.
    chromiumArguments: [`--ignore-certificate-errors-spki-list=${pin}`, "--short-reporting-delay"],
  });
  onTestFinished(async () => {
    await browser.close();
    server.close();
    server.closeAllConnections();
  });

  await browser.goto(`${app}/`);
  await browser.evaluate(
    async (above, callback) => {
      await fetch(above, { mode: "no-cors" });
      const frame = document.createElement("iframe");
      const loaded = new Promise((resolve) => {
        frame.onload = resolve;
      });
      frame.src = callback;
      document.body.append(frame);
      await loaded;
    },
    `${above}/`,
    `https://vault.${SITE}:${port}${CALLBACK}`,
  );
  await crashFrame(browser.address.debuggerAddress, `https://vault.${SITE}:${port}`);
  return await reported;
}
