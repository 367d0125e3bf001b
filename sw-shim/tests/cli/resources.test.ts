import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { DEPLOYMENT_FINDINGS, HEADER_FINDINGS } from "../../src/checks/catalog";
import { Report } from "../../src/checks/findings";
import { Policies } from "../../src/checks/policies";
import { examineResources } from "../../src/cli/doctor/resources";
import { hostRules, ruleFor } from "../../src/headers";

const ORIGIN = "https://app.example.com";
const LOGIN = new URL("https://login.example.com/oauth2/authorize");

const ownPolicy =
  ruleFor(
    hostRules({
      origin: ORIGIN,
      workers: ["/vault-worker.js"],
      api: ["https://api.example.com/"],
      provider: { authorizationEndpoint: LOGIN.href, tokenEndpoint: "https://login.example.com/token" },
    }),
    "/",
  ).headers["Content-Security-Policy"] ?? "";

/** What `policy` blocks of `html`, one line each. */
function refused(html: string, policy = ownPolicy): string[] {
  const headers = new Headers({ "content-security-policy": policy, "content-type": "text/html" });
  const report = new Report({ ...HEADER_FINDINGS, ...DEPLOYMENT_FINDINGS });
  const page = { url: new URL(`${ORIGIN}/app/`), status: 200, headers, body: html };
  examineResources({ ...page, policies: new Policies(headers) }, LOGIN, report);
  return report.findings.flatMap(({ details = [] }) => details);
}

const hash = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

describe("under the policy of the package", () => {
  it.each([
    [
      '<script src="https://cdn.example.com/a,b.js?v=1"></script>',
      '"script-src": ["https://cdn.example.com/a%2Cb.js"]',
    ],
    ["<script>go()</script>", `"script-src": ["${hash("go()")}"], or move it into a script file of the app`],
    ['<script type="importmap">{}</script>', `"script-src": ["${hash("{}")}"]`],
    ['<script src="data:text/javascript,go()"></script>', "no entry"],
    [
      '<link rel="modulepreload" href="//cdn.example.com/a.js">',
      '"script-src": ["https://cdn.example.com/a.js"]',
    ],
    [
      '<link rel="preload stylesheet" as="style" href="https://cdn.example.com/a.css">',
      '"style-src": ["https://cdn.example.com"]',
    ],
    [
      '<link rel="preload" as="font" href="https://fonts.example.com/a.woff2">',
      '"font-src": ["https://fonts.example.com"]',
    ],
    [
      '<link rel="preload" as="fetch" href="https://data.example.com/a.json">',
      '"connect-src": ["https://data.example.com"]',
    ],
    ['<link rel="icon" href="https://cdn.example.com/a.ico">', '"img-src": ["https://cdn.example.com"]'],
    [
      '<link rel="manifest" href="https://cdn.example.com/a.json">',
      '"manifest-src": ["https://cdn.example.com"]',
    ],
    ["<style>p { color: red }</style>", `"style-src": ["${hash("p { color: red }")}"]`],
    ['<p style="color: red">', `"style-src": ["'unsafe-hashes'","${hash("color: red")}"]`],
    ['<img src="https://images.example.com/a.png">', '"img-src": ["https://images.example.com"]'],
    [
      '<img srcset="/a.png 1x, https://images.example.com/b.png 2x">',
      '"img-src": ["https://images.example.com"]',
    ],
    [
      '<img srcset="https://images.example.com/a.png, /b.png 2x">',
      '"img-src": ["https://images.example.com"]',
    ],
    [
      '<picture><source srcset="https://images.example.com/a.png"></picture>',
      '"img-src": ["https://images.example.com"]',
    ],
    [
      '<video poster="https://images.example.com/a.png"></video>',
      '"img-src": ["https://images.example.com"]',
    ],
    [
      '<video><source src="https://media.example.com/a.mp4"></video>',
      '"media-src": ["https://media.example.com"]',
    ],
    ['<iframe src="https://video.example.com/1"></iframe>', '"frame-src": ["https://video.example.com"]'],
    ['<iframe src="https://login.example.com/"></iframe>', "no entry"],
    ['<iframe src="/other"></iframe>', "no entry"],
    ['<object data="/a.pdf"></object>', "no entry: object-src protects the vault"],
    ['<embed src="/a.pdf">', "no entry: object-src protects the vault"],
    ['<base href="/">', "no entry: base-uri protects the vault"],
    ['<form action="https://forms.example.com/"></form>', '"form-action": ["https://forms.example.com"]'],
    ['<button formaction="https://forms.example.com/">', '"form-action": ["https://forms.example.com"]'],
    ['<a onclick="go()">', "no entry: it would allow injected markup"],
    ['<a href=" javascript:go()">', "no entry: it would allow injected markup"],
  ])("%s is refused, and its setting named", (html, setting) => {
    expect(refused(html)[0]).toContain(`needs ${setting}`);
  });

  it.each([
    [
      "files of the app",
      '<script src="app.js"></script><link rel="stylesheet" href="/a.css"><img src="a.png">',
    ],
    [
      "images made of text",
      '<img src="data:image/png;base64,AA=="><img srcset="data:image/png;base64,AA== 1x, /b.png 2x">',
    ],
    [
      "data blocks, and scripts for browsers without modules",
      '<script type="application/json">{}</script><script nomodule>go()</script>',
    ],
    [
      "what is in a template or for browsers without script",
      "<template><style>p{}</style></template><noscript><style>p{}</style></noscript>",
    ],
    [
      "links to other sites, and forms that stay",
      '<a href="https://other.example/">x</a><form action="/search"></form>',
    ],
    ["images of the API", '<img src="https://api.example.com/a.png">'],
  ])("%s are allowed", (_, html) => {
    expect(refused(html)).toEqual([]);
  });

  it("prints all that can be allowed at the end, ready to copy", () => {
    const html = '<img src="https://a.example/1.png"><img src="https://b.example/1.png"><a onclick="go()">';
    expect(refused(html).at(-1)).toBe(
      'To allow everything that can be allowed: policy: {"img-src":["https://a.example","https://b.example"]}',
    );
  });

  it("with those settings, the page passes", () => {
    const html = `<style>p{}</style><p style="top:0"><script>go()</script><script src="https://cdn.example.com/a.js"></script>`;
    const [, together = "{}"] = /policy: (\{.*\})$/.exec(refused(html).at(-1) ?? "") ?? [];
    const opened = hostRules({
      workers: ["/vault-worker.js"],
      api: [],
      provider: { authorizationEndpoint: LOGIN.href, tokenEndpoint: LOGIN.href },
      policy: JSON.parse(together),
    });
    expect(refused(html, ruleFor(opened, "/").headers["Content-Security-Policy"])).toEqual([]);
  });

  it("a <base> that the policy refuses does not change URLs", () => {
    expect(refused('<base href="https://cdn.example.com/"><img src="a.png">')).toHaveLength(1);
  });
});

describe("under a policy of the app's own", () => {
  const SCRIPT = '<script src="https://cdn.example.com/lib/a.js" nonce="n" integrity="sha256-abc="></script>';

  it.each([
    ["script-src https://cdn.example.com", SCRIPT, true],
    ["script-src cdn.example.com", SCRIPT, true],
    ["script-src http://cdn.example.com", SCRIPT, true],
    ["script-src *.example.com", SCRIPT, true],
    ["script-src *.cdn.example.com", SCRIPT, false],
    ["script-src CDN.example.com:443", SCRIPT, true],
    ["script-src cdn.example.com:8443", SCRIPT, false],
    ["script-src https:", SCRIPT, true],
    ["script-src *", SCRIPT, true],
    ["script-src cdn.example.com/lib/", SCRIPT, true],
    ["script-src cdn.example.com/lib", SCRIPT, false],
    ["script-src cdn.example.com/LIB/", SCRIPT, false],
    ["script-src cdn.example.com/lib/%61.js", SCRIPT, true],
    ["script-src 'none'", SCRIPT, false],
    ["script-src", SCRIPT, false],
    ["script-src 'nonce-n'", SCRIPT, true],
    ["script-src 'nonce-N'", SCRIPT, false],
    ["script-src 'sha256-abc='", SCRIPT, true],
    ["script-src 'strict-dynamic' 'nonce-other' https:", SCRIPT, false],
    ["script-src 'strict-dynamic' 'nonce-n'", SCRIPT, true],
    ["script-src-elem 'self'; script-src *", SCRIPT, false],
    ["default-src 'self'", SCRIPT, false],
    ["img-src 'none'", SCRIPT, true],
    ["script-src *, script-src 'self'", SCRIPT, false],
    ["img-src *", '<img src="data:image/png,x">', false],
    ["script-src 'unsafe-inline'", "<script>go()</script>", true],
    ["script-src 'unsafe-inline' 'nonce-x'", "<script>go()</script>", false],
    ["script-src 'nonce-x'", '<script nonce="x">go()</script>', true],
    [`script-src ${hash("go()")}`, "<script>go()</script>", true],
    [`script-src ${hash("go()")}`, '<a onclick="go()">', false],
    [`script-src 'unsafe-hashes' ${hash("go()")}`, '<a onclick="go()">', true],
    ["style-src 'nonce-x'", '<style nonce="x">p{}</style>', true],
    ["style-src 'nonce-x'", '<p style="top:0" nonce="x">', false],
    [
      "style-src https:; upgrade-insecure-requests",
      '<link rel="stylesheet" href="http://cdn.example.com/a.css">',
      true,
    ],
    ["style-src https:", '<link rel="stylesheet" href="http://cdn.example.com/a.css">', false],
    [
      "base-uri 'self'; img-src 'self'",
      '<base href="https://cdn.example.com/"><base href="/"><img src="a.png">',
      false,
    ],
  ])("%s, %s: allowed %s", (policy, html, isAllowed) => {
    expect(refused(html, policy).length === 0).toBe(isAllowed);
  });

  it("the policy of a <meta> element applies to what follows it", () => {
    const meta = `<meta http-equiv="Content-Security-Policy" content="img-src 'none'">`;
    const image = '<link rel="icon" href="/a.png">';
    expect(refused(image + meta, "img-src *")).toEqual([]);
    expect(refused(meta + image, "img-src *")).toEqual([
      expect.stringContaining("<meta> element. Change that policy"),
    ]);
  });
});
