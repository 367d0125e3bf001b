import { readFile } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders, type RequestListener, type ServerOptions } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import { HEADER_FINDINGS } from "../../src/checks/catalog";
import {
  CheckHeadersError,
  checkHeaders,
  formatFindings,
  type HeaderFinding,
  type HeaderFindingCode,
} from "../../src/checks/index";
import { hostRules, ruleFor } from "../../src/headers";
import { appPage, CLOSED, directive, options, type Sent, serve, WORKER_SCRIPTS } from "./local-host";

const seen = new Set<HeaderFindingCode>();

async function findings(
  spoil?: (sent: Sent) => void,
  more = {},
  server?: ServerOptions,
): Promise<HeaderFinding[]> {
  const { origin } = await serve(spoil, server);
  const found = await checkHeaders(origin, { ...options, ...more });
  for (const { code } of found) seen.add(code);
  return found;
}

async function codes(spoil?: (sent: Sent) => void, more = {}): Promise<HeaderFindingCode[]> {
  return (await findings(spoil, more)).map(({ code }) => code);
}

const isBelowBase = ({ path }: Sent) => path.startsWith("/auth/");
const isCallback = ({ path }: Sent) => path === "/auth/callback";
/** An endpoint with the static page. */
const isEndpoint = (sent: Sent) => isBelowBase(sent) && !isCallback(sent);
/** A host that serves the page at the callback too. */
const keepsItsUrl = (sent: Sent): void => {
  if (!isCallback(sent)) return;
  const { headers, page } = ruleFor(hostRules(options), "/auth/login");
  Object.assign(sent, { headers: { ...headers }, ...page });
};
const isWorker = ({ path }: Sent) => WORKER_SCRIPTS.includes(path);
const isApp = (sent: Sent) => !isBelowBase(sent) && !isWorker(sent);

/** Changes the responses that `concerns` selects. */
const at =
  (concerns: (sent: Sent) => boolean, change: (sent: Sent) => void) =>
  (sent: Sent): void => {
    if (concerns(sent)) change(sent);
  };
const without = (concerns: (sent: Sent) => boolean, header: string) =>
  at(concerns, ({ headers }) => delete headers[header]);
const sending = (concerns: (sent: Sent) => boolean, header: string, value: string | string[]) =>
  at(concerns, ({ headers }) => {
    headers[header] = value;
  });
const saying = (concerns: (sent: Sent) => boolean, name: string, value: string | null) =>
  at(concerns, (sent) => directive(sent, name, value));
const POLICY = "Content-Security-Policy";

describe("a host that sends the headers", () => {
  it("has no findings", async () => {
    expect(await findings()).toEqual([]);
  });

  it("has no findings either without options", async () => {
    const { origin } = await serve();
    expect(await checkHeaders(new URL("/?a=b", origin))).toEqual([]);
  });

  it("gets a few GET requests", async () => {
    const { origin, requests } = await serve();
    await checkHeaders(origin, { ...options, paths: ["/a/deep/link"] });
    expect(requests.map(({ method, path }) => `${method} ${path.replace(/a{100,}/, "aaa…")}`)).toEqual([
      "GET /",
      "GET /",
      "GET /auth/callback?code=strongroom-check&state=strongroom-check",
      "GET /auth/strongroom-check/below",
      "GET /vault-worker.js",
      "GET /strongroom-worker.js",
      "GET /strongroom-check/missing",
      "GET /assets/app-3f.js",
      "GET /a/deep/link",
      "GET /strongroom-check/aaa…",
      "GET /strongroom-check/%00%zz",
      "GET /strongroom-check/missing",
      "GET /auth/callback?code=strongroom-check&state=strongroom-check",
    ]);
  });

  it("gets the request headers that it requires", async () => {
    const { origin, requests } = await serve();
    await checkHeaders(origin, { ...options, requestHeaders: { authorization: "Basic cHJldmlldw==" } });
    expect(new Set(requests.map(({ headers }) => headers.authorization))).toEqual(
      new Set(["Basic cHJldmlldw=="]),
    );
  });

  it("may have another base path and other worker scripts", async () => {
    expect(await codes(undefined, { basePath: "/session" })).toContain("callback_can_be_read");
    expect(await codes(undefined, { workers: ["/assets/worker.js"] })).toContain("worker_is_no_script");
  });

  it("may be stricter than required", async () => {
    const strict = [
      saying(isApp, "script-src", "'self' 'nonce-a' 'strict-dynamic' 'unsafe-inline' https:"),
      saying(isApp, "default-src", "'none'"),
      saying(isApp, "worker-src", "https://app.example.com/vault-worker.js"),
      saying(isApp, "frame-src", "'none'"),
      saying(isApp, "trusted-types", "'none'"),
      saying(isWorker, "connect-src", "https://api.example.com/v1/notes"),
      saying(isEndpoint, "sandbox", null),
      sending(isWorker, "Cache-Control", "private, max-age=0"),
      sending(isEndpoint, "Cache-Control", "no-store, max-age=0"),
      without(isEndpoint, "X-Frame-Options"),
      without(isApp, "Referrer-Policy"),
    ];
    let nonce = 0;
    const found = await codes((sent) => {
      for (const spoil of strict) spoil(sent);
      const policy = sent.headers[POLICY];
      if (isApp(sent)) sent.headers[POLICY] = String(policy).replace("nonce-a", `nonce-${++nonce}`);
      // Two headers and a comma are three policies, which add up.
      if (isEndpoint(sent)) sent.headers[POLICY] = [String(policy), "sandbox, img-src 'none'"];
    });
    expect(found).toEqual([]);
  });

  it("may redirect to the app's page", async () => {
    const found = await codes((sent) => {
      if (sent.path === "/") Object.assign(sent, { status: 301 }).headers.Location = "/home";
      if (sent.path === "/home") {
        Object.assign(sent, { status: 200, body: appPage }).headers["Content-Type"] = "text/html";
      }
    });
    expect(found).toEqual([]);
  });
});

describe("a plain static host", () => {
  it("has every finding", async () => {
    const found = await findings((sent) => {
      sent.headers = { "Content-Type": isWorker(sent) ? "text/javascript" : "text/html" };
      if (!isWorker(sent)) Object.assign(sent, { status: 200, body: appPage });
    });
    expect(found.map(({ code, severity }) => `${severity} ${code}`)).toEqual([
      "error app_without_policy",
      "error app_keeps_its_popups",
      "error callback_keeps_its_url",
      "error callback_is_the_app",
      "error callback_can_be_read",
      "error callback_can_be_framed",
      "error callback_runs_script",
      "error callback_tells_its_url",
      "error worker_without_policy",
      "warning no_nosniff",
      "warning callback_is_stored",
      "warning callback_succeeds",
      "warning worker_is_cached",
    ]);
    const callback = found.find(({ code }) => code === "callback_is_the_app");
    expect(callback).toMatchObject({
      header: null,
      found: "200 and the app's page",
      attack: expect.stringContaining("its own code challenge"),
    });
    expect(callback?.urls.map((url) => new URL(url).pathname)).toEqual([
      "/auth/callback",
      "/auth/strongroom-check/below",
    ]);
  });
});

describe("checkHeaders reports that injected script can read the code", () => {
  it("from a callback that serves the app", async () => {
    const spoil = at(isCallback, (sent) => {
      keepsItsUrl(sent);
      sent.body = appPage;
    });
    expect(await codes(spoil)).toEqual(["callback_keeps_its_url", "callback_is_the_app"]);
  });

  it("from an endpoint that serves the app with another nonce, or another page that runs its script", async () => {
    for (const body of [
      appPage.replace("<script", '<script nonce="x"'),
      `<h1>Signed in</h1><script src="/assets/app-3f.js"></script>`,
    ]) {
      expect(await codes(at(isEndpoint, (sent) => Object.assign(sent, { body })))).toEqual([
        "callback_is_the_app",
      ]);
    }
  });

  it("from an endpoint that serves the app, with a new nonce for its inline script each time", async () => {
    let nonce = 0;
    const found = await codes((sent) => {
      if (sent.path === "/" || isEndpoint(sent)) sent.body = `<script nonce="${++nonce}">start()</script>`;
    });
    expect(found).toEqual(["callback_is_the_app"]);
  });

  it("if only paths below the callback's folder serve the app", async () => {
    const found = await findings(
      at(
        ({ path }) => path.startsWith("/auth/strongroom-check/"),
        (sent) => {
          sent.body = appPage;
        },
      ),
    );
    const urls = [expect.stringContaining("/auth/strongroom-check/below")];
    expect(found).toMatchObject([{ code: "callback_is_the_app", urls }]);
  });

  it("if the callback redirects: after 19 other redirects, the browser's error page keeps its URL", async () => {
    for (const location of ["/?code=x", "http://[", "/auth/unfinished#unfinished"]) {
      const found = await findings(
        at(isBelowBase, (sent) => {
          sent.status = 301;
          sent.headers.Location = location;
        }),
      );
      expect(found).toMatchObject([{ code: "callback_redirects", found: `301 to ${location}` }]);
    }
  });

  it("from navigation.entries(), if the callback is a document", async () => {
    expect(await findings(keepsItsUrl)).toMatchObject([
      {
        code: "callback_keeps_its_url",
        found: "404",
        urls: [expect.stringContaining("/auth/callback?code=")],
      },
    ]);
  });

  it("from the URL of a popup, if the callback has no sandbox or one that keeps the app's origin", async () => {
    expect(await codes(saying(isEndpoint, "sandbox", null))).toEqual(["callback_can_be_read"]);
    expect(await codes(saying(isEndpoint, "sandbox", "allow-same-origin"))).toEqual(["callback_can_be_read"]);
  });

  it("if the callback's policy is in a <meta> element or report-only", async () => {
    const meta = `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; sandbox">`;
    const policy = "default-src 'none'; frame-ancestors 'none'; sandbox";
    const found = await findings(
      at(isEndpoint, (sent) => {
        delete sent.headers[POLICY];
        sent.headers["Content-Security-Policy-Report-Only"] = policy;
        sent.body = meta + sent.body;
      }),
    );
    expect(found).toMatchObject([
      { code: "callback_can_be_read", found: expect.stringMatching(/^only .*Report-Only/) },
      { code: "callback_runs_script" },
    ]);
  });

  it("if pages of the app may frame the callback", async () => {
    expect(await codes(saying(isEndpoint, "frame-ancestors", "'self'"))).toEqual(["callback_can_be_framed"]);
    // With `frame-ancestors`, browsers do not read `X-Frame-Options`; without, SAMEORIGIN lets the app in.
    for (const value of ["SAMEORIGIN", "DENY, SAMEORIGIN", "ALLOW-FROM https://app.example.com"]) {
      expect(
        await codes((sent) => {
          saying(isEndpoint, "frame-ancestors", null)(sent);
          sending(isEndpoint, "X-Frame-Options", value)(sent);
        }),
      ).toEqual(["callback_can_be_framed"]);
    }
  });

  it("if the callback's own page may run script", async () => {
    expect(
      await codes((sent) => {
        saying(isEndpoint, "sandbox", "allow-scripts")(sent);
        saying(isEndpoint, "default-src", "'self'")(sent);
      }),
    ).toEqual(["callback_runs_script"]);
  });

  it("from document.referrer, if the callback's Referrer-Policy sends its URL", async () => {
    for (const value of ["same-origin", "no-referrer, strict-origin-when-cross-origin", "nonsense"]) {
      expect(await codes(sending(isEndpoint, "Referrer-Policy", value))).toEqual(["callback_tells_its_url"]);
    }
    expect(await codes(without(isEndpoint, "Referrer-Policy"))).toEqual(["callback_tells_its_url"]);
  });
});

describe("checkHeaders reports a callback", () => {
  it("that caches may store", async () => {
    expect(await codes(sending(isEndpoint, "Cache-Control", "no-cache"))).toEqual(["callback_is_stored"]);
  });

  it("that other sites may read by CORS", async () => {
    expect(await codes(sending(isEndpoint, "Access-Control-Allow-Origin", "*"))).toEqual([
      "callback_is_shared",
    ]);
    const { origin, requests } = await serve();
    await checkHeaders(origin, options);
    expect(requests.find(({ path }) => path.startsWith("/auth/"))?.headers.origin).toBe(
      "https://attacker.example",
    );
  });

  it("that responds with a success status", async () => {
    expect(await codes(at(isEndpoint, (sent) => Object.assign(sent, { status: 200 })))).toEqual([
      "callback_succeeds",
    ]);
  });
});

describe("checkHeaders reports that a faulty worker can send tokens", () => {
  it("to any server, if its script has no policy", async () => {
    expect(await codes(without(isWorker, POLICY))).toEqual(["worker_without_policy"]);
  });

  it("to any server, if its policy has no connect-src or one that allows all hosts", async () => {
    for (const value of [null, "*", "https:", "'self' https://*", "https://api.example.com wss:"]) {
      expect(
        await codes((sent) => {
          saying(isWorker, "default-src", null)(sent);
          saying(isWorker, "connect-src", value)(sent);
        }),
        String(value),
      ).toEqual(["worker_connects_to_any_host"]);
    }
  });

  it("to a server other than the API and the token endpoint", async () => {
    for (const value of [
      "'self' https://logs.example.com",
      "https://*.example.com",
      "http://api.example.com",
    ]) {
      const spoil = saying(isWorker, "connect-src", value);
      expect(await codes(spoil), value).toEqual(["worker_connects_to_any_host"]);
      expect(await codes(spoil, { api: undefined, provider: undefined }), value).toEqual([]);
    }
  });

  it("by code of another host, or by text run as code", async () => {
    for (const value of ["'self' https://cdn.example.com", "'self' 'unsafe-eval'", "*", "'self' data:"]) {
      expect(await codes(saying(isWorker, "script-src", value)), value).toEqual([
        "worker_runs_script_of_others",
      ]);
    }
  });

  it("long after it was fixed, because caches keep the script", async () => {
    for (const value of ["public, max-age=31536000, immutable", "max-age=60"]) {
      expect(await codes(sending(isWorker, "Cache-Control", value))).toEqual(["worker_is_cached"]);
    }
  });
});

describe("checkHeaders reports that script can register an untrusted file as the worker", () => {
  it("for the whole app, if scripts of a folder may have any scope", async () => {
    const workers = ["/uploads/vault-worker.js"];
    const widened = (allowed: string) => (sent: Sent) => {
      if (sent.path !== workers[0]) return;
      Object.assign(sent, { status: 200, body: "strongroom.start({});" });
      delete sent.headers["Cross-Origin-Opener-Policy"];
      Object.assign(sent.headers, {
        ...{
          "Content-Type": "text/javascript",
          "Cache-Control": "no-cache",
          "Service-Worker-Allowed": allowed,
        },
        [POLICY]: "default-src 'none'; script-src 'self'; connect-src 'self'; frame-ancestors 'none'",
      });
    };
    const bundled = { workers, imports: [] };
    expect(await codes(widened("/"), bundled)).toEqual(["worker_scope_is_widened"]);
    expect(await codes(widened("/"), { ...bundled, scope: "/" })).toEqual([]);
    expect(await codes(widened("/uploads/app/"), bundled)).toEqual([]);
  });

  it("if the app does not require Trusted Types", async () => {
    expect(await codes(saying(isApp, "require-trusted-types-for", null))).toEqual([
      "app_needs_no_trusted_types",
    ]);
  });

  it("if script may create a Trusted Types policy of its own", async () => {
    for (const value of [null, "*", "strongroom 'allow-duplicates'"]) {
      expect(await codes(saying(isApp, "trusted-types", value))).toEqual([
        "app_lets_script_make_trusted_types",
      ]);
    }
  });

  it("from a frame with the worker script, whose policy cannot require Trusted Types", async () => {
    for (const value of [null, "'self'"]) {
      expect(await codes(saying(isWorker, "frame-ancestors", value))).toEqual(["worker_can_be_framed"]);
    }
    expect(
      await codes((sent) => {
        saying(isWorker, "frame-ancestors", null)(sent);
        sending(isWorker, "X-Frame-Options", "DENY")(sent);
      }),
    ).toEqual([]);
  });

  it("from a popup with the worker script, if that has the app's opener policy", async () => {
    const shared = sending(isWorker, "Cross-Origin-Opener-Policy", "same-origin");
    expect(await codes(shared)).toEqual(["worker_can_be_opened"]);
  });

  it("from a frame with an error page or an image, if only the app's pages have the policy", async () => {
    for (const path of ["/strongroom-check/missing", "/assets/app-3f.js", "/uploads/cat.jpg"]) {
      const found = await findings(
        without((sent) => sent.path === path, POLICY),
        { paths: ["/uploads/cat.jpg"] },
      );
      expect(found).toMatchObject([
        { code: "path_without_the_apps_policy", urls: [expect.stringContaining(path)], found: null },
      ]);
    }
    expect(
      await codes(
        saying(({ path }) => path === "/strongroom-check/missing", "script-src", "'self' 'unsafe-inline'"),
      ),
    ).toEqual(["path_without_the_apps_policy"]);
    expect(
      await codes(sending(({ path }) => path === "/strongroom-check/missing", POLICY, "sandbox")),
    ).toEqual([]);
  });

  it("not from a response that the app's script cannot access", async () => {
    const isMissing = ({ path }: Sent) => path === "/strongroom-check/missing";
    const unframed = sending(isMissing, POLICY, "frame-ancestors 'none'");
    const withoutOpener = without(isMissing, "Cross-Origin-Opener-Policy");
    expect(await codes(unframed), "a popup shares the app's opener policy").toEqual([
      "path_without_the_apps_policy",
    ]);
    expect(
      await codes((sent) => {
        unframed(sent);
        withoutOpener(sent);
      }),
    ).toEqual([]);
    expect(
      await codes(
        at(isMissing, (sent) => {
          sent.status = 302;
          sent.headers = { Location: "/" };
        }),
      ),
    ).toEqual([]);
  });
});

describe("checkHeaders reports a worker script that browsers reject", () => {
  it("because the host serves the app's page in its place", async () => {
    const found = await findings(
      at(isWorker, (sent) => {
        sent.headers["Content-Type"] = "text/html";
        sent.body = appPage;
      }),
    );
    expect(found).toMatchObject([
      {
        code: "worker_is_no_script",
        found: "text/html",
        urls: [/vault/, /strongroom/].map((name) => expect.stringMatching(name)),
      },
    ]);
  });

  it("because it has another type, is missing, or redirects", async () => {
    expect(await codes(sending(isWorker, "Content-Type", "application/octet-stream"))).toEqual([
      "worker_is_no_script",
    ]);
    expect(await codes(at(isWorker, (sent) => Object.assign(sent, { status: 404 })))).toEqual([
      "worker_is_missing",
    ]);
    expect(
      await codes(
        at(isWorker, (sent) => {
          Object.assign(sent, { status: 302 }).headers.Location = "/assets/worker.js";
        }),
      ),
    ).toEqual(["worker_redirects"]);
  });
});

describe("checkHeaders reports that injected markup can run script", () => {
  it("without a policy, or with a report-only one", async () => {
    expect(await codes(without(isApp, POLICY))).toEqual(["app_without_policy"]);
    const [finding] = await findings(
      at(isApp, ({ headers }) => {
        headers["Content-Security-Policy-Report-Only"] = String(headers[POLICY]);
        delete headers[POLICY];
      }),
    );
    expect(finding?.found).toMatch(/Report-Only/);
  });

  it("inline", async () => {
    expect(await codes(saying(isApp, "script-src", "'self' 'unsafe-inline'"))).toEqual([
      "app_runs_inline_script",
    ]);
    expect(await codes(saying(isApp, "script-src-attr", "'unsafe-inline'"))).toEqual([
      "app_runs_inline_script",
    ]);
    expect(
      await codes((sent) => {
        saying(isApp, "script-src", null)(sent);
        saying(isApp, "default-src", null)(sent);
      }),
    ).toEqual(["app_runs_inline_script", "app_runs_script_of_any_host", "app_runs_text_as_script"]);
  });

  it("not inline, if there is a nonce or hash beside 'unsafe-inline' for old browsers", async () => {
    let nonce = 0;
    const changing = saying(isApp, "script-src", "'unsafe-inline' 'nonce-");
    const spoil = (sent: Sent) => {
      changing(sent);
      if (isApp(sent)) sent.headers[POLICY] = `${sent.headers[POLICY]}${++nonce}'`;
    };
    expect(await codes(spoil)).toEqual([]);
    expect(await codes(saying(isApp, "script-src", "'self' 'unsafe-inline' 'sha256-abc='"))).toEqual([]);
  });

  it("with a nonce that never changes", async () => {
    expect(await codes(saying(isApp, "script-src", "'self' 'nonce-always'"))).toEqual([
      "app_repeats_its_nonce",
    ]);
  });

  it("from any host, or from a URL that contains it", async () => {
    for (const value of ["*", "'self' https:", "'self' data:", "'self' blob:", "https://*:443"]) {
      expect(await codes(saying(isApp, "script-src", value)), value).toEqual(["app_runs_script_of_any_host"]);
    }
  });

  it("by changing the base of relative URLs", async () => {
    expect(await codes(saying(isApp, "base-uri", null))).toEqual(["app_has_a_movable_base"]);
  });

  it("with eval()", async () => {
    expect(await codes(saying(isApp, "script-src", "'self' 'unsafe-eval'"))).toEqual([
      "app_runs_text_as_script",
    ]);
  });
});

describe("checkHeaders reports that injected script", () => {
  const cases: [string, HeaderFindingCode, (sent: Sent) => void][] = [
    ["frames a false sign-in form", "app_frames_any_site", saying(isApp, "frame-src", "*")],
    [
      "reads a code of its own in a violation report",
      "app_frames_the_login",
      saying(isApp, "frame-src", "'self' https://login.example.com"),
    ],
    ["sends what it reads to any server", "app_connects_to_any_host", saying(isApp, "connect-src", "https:")],
    [
      "trades a code in the page",
      "app_reaches_the_token_endpoint",
      saying(isApp, "connect-src", "'self' https://*.example.com"),
    ],
    [
      "starts workers from text",
      "app_starts_workers_from_text",
      saying(isApp, "worker-src", "http://127.0.0.1:*/vault-worker.js blob:"),
    ],
    [
      "registers another file of the origin",
      "app_starts_any_file_as_worker",
      saying(isApp, "worker-src", "'self'"),
    ],
    [
      "registers another file of the origin, of which the policy does not speak",
      "app_starts_any_file_as_worker",
      saying(isApp, "worker-src", null),
    ],
    [
      "registers the library file, which the worker only imports",
      "app_starts_any_file_as_worker",
      saying(
        isApp,
        "worker-src",
        "http://127.0.0.1:*/vault-worker.js http://127.0.0.1:*/strongroom-worker.js",
      ),
    ],
    [
      "registers another file of an origin that is named without a path",
      "app_starts_any_file_as_worker",
      saying(isApp, "worker-src", "http://127.0.0.1:*"),
    ],
    [
      "registers a file of a folder",
      "app_starts_any_file_as_worker",
      saying(isApp, "worker-src", "http://127.0.0.1:*/strongroom-check/"),
    ],
    ["embeds a document", "app_embeds_plugins", saying(isApp, "object-src", "'self'")],
    ["posts a password elsewhere", "app_sends_forms_anywhere", saying(isApp, "form-action", null)],
    [
      "keeps hold of its popup",
      "app_keeps_its_popups",
      sending(isApp, "Cross-Origin-Opener-Policy", "same-origin-allow-popups"),
    ],
    [
      "keeps hold of its popup, since the header was sent twice",
      "app_keeps_its_popups",
      sending(isApp, "Cross-Origin-Opener-Policy", ["same-origin", "same-origin"]),
    ],
    ["runs a stranger's file", "no_nosniff", without(isApp, "X-Content-Type-Options")],
  ];
  it.each(cases)("%s: %s", async (_what, code, spoil) => {
    expect(await codes(spoil)).toEqual([code]);
  });

  it("frames any site, if frame-src and default-src are missing", async () => {
    expect(
      await codes((sent) => {
        saying(isApp, "frame-src", null)(sent);
        saying(isApp, "default-src", null)(sent);
      }),
    ).toEqual(["app_frames_any_site"]);
    for (const name of ["frame-src", "connect-src"])
      expect(await codes(saying(isApp, name, null)), "default-src 'self' stands in").toEqual([]);
  });

  it("keeps access to popups without an opener policy; one with a parameter is fine", async () => {
    const value = 'same-origin; report-to="coop"';
    expect(await codes(sending(isApp, "Cross-Origin-Opener-Policy", value))).toEqual([]);
  });
});

/** Sends its own page, without headers, for what it refuses: Node.js takes at most 16 KiB of headers, the URL included. */
const NARROW: ServerOptions = { maxHeaderSize: 16_384 };

describe("checkHeaders reports a host's own error page without the app's policy", () => {
  const inFrames = saying(isApp, "frame-src", "'self'");
  const inPopups = without(isApp, "Cross-Origin-Opener-Policy");

  it("in a frame, for an over-long URL or too many cookies (431)", async () => {
    const [found, ...others] = await findings(inFrames, {}, NARROW);
    expect(found).toMatchObject({
      code: "error_page_in_reach",
      severity: "error",
      found: "431, without a policy",
      urls: [
        expect.stringMatching(/strongroom-check\/a+… \(20\d{3} characters\)$/),
        expect.stringContaining("/strongroom-check/missing"),
      ],
    });
    expect(others.map(({ code }) => code)).toEqual(["refused_callback_keeps_its_url"]);
  });

  it("in a popup, if the app has no opener policy", async () => {
    const found = await findings(inPopups, {}, NARROW);
    expect(found.map(({ code }) => code)).toEqual([
      "app_keeps_its_popups",
      "error_page_in_reach",
      "refused_callback_keeps_its_url",
    ]);
  });

  it("for a malformed URL (400)", async () => {
    const malformed = at(
      ({ path }) => path.endsWith("%zz"),
      (sent) => Object.assign(sent, { status: 400, headers: { "Content-Type": "text/html" } }),
    );
    const found = await findings((sent) => {
      inFrames(sent);
      malformed(sent);
    });
    expect(found).toMatchObject([
      {
        code: "error_page_in_reach",
        found: "400, without a policy",
        urls: [expect.stringContaining("%00%zz")],
      },
    ]);
  });

  it("only as a note, if the app frames nothing and has an opener policy", async () => {
    expect((await findings(undefined, {}, NARROW)).at(-1)).toMatchObject({
      code: "error_page_without_policy",
      severity: "note",
    });
  });

  it("at the callback, where too many cookies keep the code in the tab's URL", async () => {
    expect((await findings(undefined, {}, NARROW)).at(0)).toMatchObject({
      code: "refused_callback_keeps_its_url",
      severity: "error",
      found: "431",
      urls: [expect.stringContaining("/auth/callback?code=")],
    });
  });

  it("only as a note at a callback that is a document, which is an error already", async () => {
    const found = await findings(keepsItsUrl, {}, NARROW);
    expect(found.map(({ code }) => code)).toEqual(["callback_keeps_its_url", "error_page_without_policy"]);
  });

  it("at the callback, where the browser's error page keeps the URL if the host closes the connection", async () => {
    let asked = 0;
    const closed = at(isCallback, (sent) => {
      if (++asked === 2) sent.status = CLOSED;
    });
    expect(await findings(closed)).toMatchObject([
      { code: "refused_callback_keeps_its_url", found: "no response" },
    ]);
  });

  it("not if it has the app's headers or a sandbox", async () => {
    const refused = ({ path }: Sent) => path.startsWith("/strongroom-check/a");
    const sandboxed = at(refused, ({ headers }) => {
      headers[POLICY] = "sandbox";
    });
    for (const spoil of [undefined, sandboxed]) expect(await findings(spoil)).toEqual([]);
  });
});

describe("a hostile host", () => {
  /** The origin of a server with `listener`, until the test ends. */
  async function listening(listener: RequestListener): Promise<string> {
    const server = createServer(listener);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it("does not get a secret header at an origin that it redirects to", async () => {
    const requests: IncomingHttpHeaders[] = [];
    const origin = await listening((request, response) => {
      requests.push(request.headers);
      response.setHeader("Content-Type", "text/html").end(appPage);
    });
    const redirects = at(
      ({ path }) => path === "/",
      (sent) => (Object.assign(sent, { status: 302 }).headers.Location = `${origin}/`),
    );
    const host = await serve(redirects);
    const requestHeaders = { authorization: "Basic cHJldmlldw==" };
    await expect(checkHeaders(host.origin, { ...options, requestHeaders })).rejects.toMatchObject({
      code: "other_origin",
    });
    expect(requests).toEqual([]);
  });

  it("cannot exhaust memory with an endless body", async () => {
    const origin = await listening((_, response) => {
      const chunk = Buffer.alloc(65_536, "a");
      const more = () => {
        while (response.write(chunk));
      };
      response.setHeader("Content-Type", "text/html").on("drain", more);
      more();
    });
    await expect(checkHeaders(origin)).rejects.toMatchObject({
      code: "unreachable",
      cause: { message: expect.stringContaining("8 MiB") },
    });
  });

  it("cannot exhaust memory with a compressed body", async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    const origin = await listening((_, response) => {
      response.setHeader("Content-Type", "text/html").setHeader("Content-Encoding", "gzip").end(bomb);
    });
    await expect(checkHeaders(origin)).rejects.toMatchObject({
      code: "unreachable",
      cause: { code: "ERR_BUFFER_TOO_LARGE" },
    });
  });
});

describe("another site", () => {
  it("can frame the app for clickjacking", async () => {
    expect(
      await codes((sent) => {
        saying(isApp, "frame-ancestors", null)(sent);
      }),
    ).toEqual(["app_can_be_framed"]);
    expect(await codes(saying(isApp, "frame-ancestors", "*"))).toEqual(["app_can_be_framed"]);
  });

  it("cannot, if the app has X-Frame-Options instead of frame-ancestors", async () => {
    expect(
      await codes((sent) => {
        saying(isApp, "frame-ancestors", null)(sent);
        sending(isApp, "X-Frame-Options", "SAMEORIGIN")(sent);
      }),
    ).toEqual([]);
  });

  it("reads the app's URLs in the Referer", async () => {
    expect(await codes(sending(isApp, "Referrer-Policy", "unsafe-url"))).toEqual(["app_tells_its_urls"]);
  });
});

describe("an attacker on the network", () => {
  it("can replace an app that is served over http by another host than loopback", async () => {
    const { origin } = await serve();
    const anyAddress = origin.replace("127.0.0.1", "0.0.0.0");
    const found = await checkHeaders(anyAddress, options);
    for (const { code } of found) seen.add(code);
    expect(found).toMatchObject([{ code: "insecure_origin", found: anyAddress }]);
  });
});

describe("a host that cannot be checked", () => {
  const failure = (url: string, more = {}) =>
    checkHeaders(url, { ...options, ...more }).then(
      () => undefined,
      (error: unknown) => error,
    );

  it("does not respond", async () => {
    const error = await failure("http://127.0.0.1:9/");
    expect(error).toBeInstanceOf(CheckHeadersError);
    expect(error).toMatchObject({ code: "unreachable", url: "http://127.0.0.1:9/" });
  });

  it("responds with something other than a page", async () => {
    const { origin } = await serve(at(isApp, (sent) => Object.assign(sent, { status: 401 })));
    expect(await failure(origin)).toMatchObject({ code: "not_the_app", message: /requestHeaders/ });
  });

  it("redirects to another origin, or endlessly", async () => {
    for (const [location, code] of [
      ["https://www.example.com/", "other_origin"],
      ["/", "not_the_app"],
    ] as const) {
      const { origin } = await serve(
        at(isApp, (sent) => {
          Object.assign(sent, { status: 308 }).headers.Location = location;
        }),
      );
      expect(await failure(origin)).toMatchObject({ code });
    }
  });

  it("is aborted by the caller's signal", async () => {
    const { origin } = await serve();
    const reason = new Error("enough");
    expect(await failure(origin, { signal: AbortSignal.abort(reason) })).toBe(reason);
  });

  it("is not requested with invalid options", async () => {
    for (const [url, more] of [
      ["ftp://app.example.com", {}],
      ["not a URL", {}],
      ["https://app.example.com", { basePath: "auth" }],
      ["https://app.example.com", { workers: ["//elsewhere.example/worker.js"] }],
    ] as const) {
      expect(await failure(url, more)).toBeInstanceOf(TypeError);
    }
  });
});

describe("findings as text", () => {
  it("are one sentence if there are none", () => {
    expect(formatFindings([])).toBe("The host sends the headers that the vault needs.\n");
  });

  it("name the problem, the attack and the fix", async () => {
    const text = formatFindings(await findings(sending(isWorker, "Cache-Control", "max-age=60")));
    expect(text.replace(/http:\/\/[\d.:]+/g, "https://app.example.com")).toBe(
      `warning: worker_is_cached
  at        https://app.example.com/vault-worker.js
  at        https://app.example.com/strongroom-worker.js
  header    Cache-Control
  found     max-age=60
  expected  no-cache
  attack    A flaw that a new version fixes stays in browsers as long as a cache keeps the old script.
  remedy    Send Cache-Control: no-cache, and exclude the scripts from rules for immutable assets.

0 errors, 1 warning
`,
    );
  });

  it("contain no control characters, and are limited in length", async () => {
    const [finding] = await findings(without(isWorker, POLICY));
    if (!finding) throw new Error("there is a finding");
    const found = `a\u001b[2Jb\r${"x".repeat(400)}`;
    const line = formatFindings([{ ...finding, found }])
      .split("\n")
      .find((text) => text.includes("found"));
    expect(line).toMatch(/^ {2}found {5}a \[2Jb x{290,}…$/);
  });
});

describe("the list of findings", () => {
  it("is documented, each with its severity and the expected value", async () => {
    const text = await readFile(new URL("../../../docs/host-headers.md", import.meta.url), "utf8");
    const listed = [...text.matchAll(/^\| `(\w+)` \| (error|warning|note) \| (.*) \|$/gm)].map(
      ([, code, severity, expected]) => [code, { severity, expected }],
    );
    expect(Object.fromEntries(listed)).toEqual(
      Object.fromEntries(
        Object.entries(HEADER_FINDINGS).map(([code, { severity, expected }]) => [
          code,
          { severity, expected },
        ]),
      ),
    );
  });

  it("has only findings that a test above causes", () => {
    expect([...seen].sort()).toEqual(Object.keys(HEADER_FINDINGS).sort());
  });
});
