const POLICY = "Content-Security-Policy";

/** What is always the same about a finding. Those about headers say which one, and what an attacker could do. */
export interface Entry {
  severity: "error" | "warning" | "note";
  header?: string | null;
  expected: string;
  attack?: string;
  remedy: string;
}

type HeaderEntry = Required<Entry>;

const entry =
  (severity: Entry["severity"]) =>
  (header: string | null, expected: string, attack: string, remedy: string): HeaderEntry => ({
    severity,
    header,
    expected,
    attack,
    remedy,
  });

/** Where messages send their reader. */
export const DOCUMENTATION = "https://github.com/strongroom/strongroom/blob/main/docs";

const error = entry("error");
const warning = entry("warning");
const note = entry("note");

/** The findings about headers: what a host should send, what an attacker can do otherwise, and what to change. */
export const HEADER_FINDINGS = {
  insecure_origin: error(
    null,
    "https, or a loopback host",
    "An attacker on the network replaces the app and its worker, and takes over the next sign-in.",
    "Serve the app over https only.",
  ),

  callback_is_the_app: error(
    null,
    "204 at the callback, and 404 and a static page without script at every other path below basePath",
    "Injected script unregisters the worker, opens a frame at the authorization server with its own code challenge, reads the code from the frame's URL, and exchanges it for tokens.",
    "Exclude these paths from the fallback to index.html, and send the page and headers of hostRules().",
  ),
  callback_keeps_its_url: error(
    null,
    "204",
    "Injected script unregisters the worker and sends the tab to the authorization server with its own code challenge. When the user is back in the app, it reads the code from navigation.entries(): Firefox lists the page with the code in its URL, whatever its origin.",
    "Send the status 204 at <basePath>/callback, as in hostRules(). The browser then stays where it is.",
  ),
  refused_callback_keeps_its_url: error(
    null,
    "204, also with 40 kB of cookies",
    "Injected script sets cookies for the callback until the host responds with its own error page, or closes the connection. It unregisters the worker and sends the tab to the authorization server with its own code challenge. When the user is back in the app, it reads the code from navigation.entries().",
    `Configure the host to send 204 in response to requests that it refuses, or to accept as many cookies as browsers send. If the host allows neither, injected script can get tokens this way: ${DOCUMENTATION}/host-headers.md#the-hosts-own-error-pages.`,
  ),
  callback_redirects: error(
    null,
    "204 at the callback, and 404 and a static page below basePath",
    "Injected script sends the tab through 18 redirects of its own server to the authorization server, with its own code challenge. The browser then refuses the callback's redirect, and its error page keeps the URL. When the user is back in the app, the script reads the code from navigation.entries(). It may also read it at the redirect's target: browsers keep the fragment, and hosts often keep the query.",
    "Apply the rules of hostRules() before any rule that adds a slash, a language or a host name.",
  ),
  callback_can_be_read: error(
    POLICY,
    "sandbox, without allow-same-origin",
    "Injected script opens the authorization server in a popup with its own code challenge, and reads the code from the popup's URL when it returns.",
    "Send the header Content-Security-Policy: default-src 'none'; frame-ancestors 'none'; sandbox. In a <meta> element sandbox has no effect.",
  ),
  callback_can_be_framed: error(
    POLICY,
    "frame-ancestors 'none', or X-Frame-Options: DENY where no policy has frame-ancestors",
    "Injected script opens the callback with its own authorization response in a hidden frame. Only the sandbox then keeps it from reading the code.",
    "Send frame-ancestors 'none' and X-Frame-Options: DENY. 'self' and SAMEORIGIN do not help, because the script runs in the app. In a <meta> element frame-ancestors has no effect.",
  ),
  callback_runs_script: error(
    POLICY,
    "default-src 'none', or sandbox without allow-scripts",
    "A script in this page, or in a file that it loads, reads the code from the page's URL.",
    "Send Content-Security-Policy: default-src 'none'; frame-ancestors 'none'; sandbox.",
  ),
  callback_tells_its_url: error(
    "Referrer-Policy",
    "no-referrer",
    "The link back to the app sends the code along, and injected script reads it from document.referrer.",
    "Send Referrer-Policy: no-referrer.",
  ),
  callback_is_stored: warning(
    "Cache-Control",
    "no-store",
    "URLs with codes stay in the browser's cache and in shared caches, where others may read them.",
    "Send Cache-Control: no-store.",
  ),
  callback_is_shared: warning(
    "Access-Control-Allow-Origin",
    "no such header",
    "Pages of other sites can read this response. That is harmless only while it is the static page.",
    "Exclude these paths from the rule that adds CORS headers.",
  ),
  callback_succeeds: warning(
    null,
    "404",
    "None by itself. But code that requests the session while there is no worker takes the page for a valid response.",
    "Send the status 404.",
  ),

  worker_is_missing: error(
    null,
    "200 and the script",
    "None: without the script there is no session. But registration and updates fail, so a fixed version does not reach users.",
    "Deploy the script, or correct its path in `workers`.",
  ),
  worker_redirects: error(
    null,
    "200 and the script",
    "None: browsers refuse a redirected worker script. But updates fail, so a fixed version does not reach users.",
    "Serve the script at this path, before any rule that redirects.",
  ),
  worker_is_no_script: error(
    "Content-Type",
    "text/javascript",
    "None by this response, which browsers refuse. But a host that sends the app's page in place of a missing file probably does so at the callback too.",
    "Deploy the script, serve it as text/javascript, and send 404 for missing files.",
  ),
  worker_without_policy: error(
    POLICY,
    "the worker's policy",
    "A flaw in the worker or its keeper is enough to send tokens to any server.",
    "Send the policy of hostRules() with the script. The app's policy does not apply to it, and a report-only policy blocks nothing.",
  ),
  worker_connects_to_any_host: error(
    POLICY,
    "connect-src with only 'self', the API and the token endpoint",
    "A flaw in the worker or its keeper is enough to send tokens to a server that is not yours.",
    "In connect-src, list only 'self', the APIs and the token endpoint. After a change of the configuration, generate the headers again.",
  ),
  worker_runs_script_of_others: error(
    POLICY,
    "script-src 'self' 'wasm-unsafe-eval'",
    "An attacker who controls one of these hosts, or text that is evaluated as script, runs code in the worker, which holds the tokens.",
    "Send script-src 'self' 'wasm-unsafe-eval', or list the paths of the worker scripts.",
  ),
  worker_can_be_framed: error(
    POLICY,
    "frame-ancestors 'none', or X-Frame-Options: DENY where no policy has frame-ancestors",
    "Injected script opens the script file in a frame, where Trusted Types are not required, and registers any file of this origin as the service worker from there.",
    "Send the policy of hostRules() with the script.",
  ),
  worker_can_be_opened: error(
    "Cross-Origin-Opener-Policy",
    "no such header",
    "Injected script opens the script file in a popup. Because the file has the app's opener policy, script can reach the popup and register any file of this origin as the service worker from there.",
    "Send Cross-Origin-Opener-Policy with the app, but not with the worker scripts.",
  ),
  worker_is_cached: warning(
    "Cache-Control",
    "no-cache",
    "A flaw that a new version fixes stays in browsers as long as a cache keeps the old script.",
    "Send Cache-Control: no-cache, and exclude the scripts from rules for immutable assets.",
  ),
  worker_scope_is_widened: error(
    "Service-Worker-Allowed",
    "no such header, or the scope that the app passes to connect()",
    "A script from somebody else in a folder with this header, such as an upload, becomes the worker of the whole app and gets the session.",
    "Remove the header. If the worker must control more than its folder, send it with this one script and pass `scope`.",
  ),

  app_without_policy: error(
    POLICY,
    "the policy of hostRules()",
    "Injected markup runs script in the app. It can start its own sign-in and send data anywhere.",
    "Send the policy as a header. A report-only policy blocks nothing. A policy in a <meta> element applies only to what follows it, so it does not count here.",
  ),
  app_runs_inline_script: error(
    POLICY,
    "script-src without 'unsafe-inline', or with a nonce or hash",
    "Injected markup runs script in the app. It can use the session and start its own sign-in.",
    "Move inline scripts into files, or give each one a nonce or hash.",
  ),
  app_runs_script_of_any_host: error(
    POLICY,
    "script-src with named hosts, without *, data: or blob:",
    "An injected script element contains its code, or loads it from any server, and runs in the app.",
    "List the hosts that scripts come from, preferably only 'self'.",
  ),
  app_repeats_its_nonce: error(
    POLICY,
    "a nonce that is new in each response",
    "An attacker who has opened the page once knows the nonce, and injected markup with it runs as script.",
    "Create a new nonce for each response and keep the page out of caches, or use hashes.",
  ),
  app_runs_text_as_script: warning(
    POLICY,
    "script-src without 'unsafe-eval'",
    "Text from an attacker that reaches eval, Function or a timer runs as script in the app.",
    "Remove 'unsafe-eval'. The vault's page client does not use WebAssembly.",
  ),
  app_needs_no_trusted_types: error(
    POLICY,
    "require-trusted-types-for 'script'",
    "Text that reaches innerHTML runs as script, and script can register any file of this origin as the service worker, which then gets the session.",
    "Send require-trusted-types-for 'script'; trusted-types strongroom.",
  ),
  app_lets_script_make_trusted_types: warning(
    POLICY,
    "trusted-types with the names of your policies, without * or 'allow-duplicates'",
    "Injected script creates a policy that accepts everything, and uses it to register a service worker of its choice.",
    "Send trusted-types strongroom, and add only policies whose code you have read.",
  ),
  app_frames_any_site: error(
    POLICY,
    "frame-src 'none', or the hosts that the app needs",
    "Injected script opens any site in a frame: a fake sign-in form, or the authorization server with its own code challenge.",
    "Send frame-src 'none'.",
  ),
  app_frames_the_login: error(
    POLICY,
    "frame-src without the login domain",
    "Injected script opens the authorization server in a frame with its own code challenge, and reads the code from a violation report (Chromium, WebKit).",
    "Remove the login domain from frame-src. The vault does not need it there.",
  ),
  app_connects_to_any_host: warning(
    POLICY,
    "connect-src with named hosts",
    "Injected script sends data from the app to any server without leaving the page.",
    "Send connect-src with 'self' and the API's origin.",
  ),
  app_reaches_the_token_endpoint: warning(
    POLICY,
    "connect-src without the token endpoint, which only the worker uses",
    "Injected script that has an authorization code can exchange it for tokens in the page.",
    "Remove the token endpoint's origin from the app's connect-src.",
  ),
  app_starts_workers_from_text: warning(
    POLICY,
    "worker-src with the worker script, without blob: or data:",
    "Injected script starts workers from its own text, which keep running while the user is elsewhere in the app.",
    "Send the worker-src of hostRules(), which lists only the worker script.",
  ),
  app_starts_any_file_as_worker: warning(
    POLICY,
    "worker-src with the worker script and no other file",
    "Injected script that bypasses Trusted Types registers another file of this origin as the service worker. An uploaded file would get the session; strongroom-worker.js itself, registered below basePath, would break every sign-in.",
    "Send the worker-src of hostRules(), which lists only the worker script. Add other workers of the app by path in `policy`.",
  ),
  app_has_a_movable_base: error(
    POLICY,
    "base-uri 'none' or 'self'",
    "An injected base element makes the app load its own scripts, with their nonce, from another server.",
    "Send base-uri 'none'.",
  ),
  app_embeds_plugins: warning(
    POLICY,
    "object-src 'none'",
    "An injected object or embed element shows another site's document as part of the app.",
    "Send object-src 'none'.",
  ),
  app_sends_forms_anywhere: warning(
    POLICY,
    "form-action 'self'",
    "An injected form asks for the user's password in the app and posts it to another server.",
    "Send form-action 'self'. default-src does not cover it.",
  ),
  app_can_be_framed: warning(
    POLICY,
    "frame-ancestors 'none', or X-Frame-Options where no policy has frame-ancestors",
    "Another site shows the app in an invisible frame and tricks the signed-in user into clicks (clickjacking).",
    "Send frame-ancestors 'none' in a header. In a <meta> element it has no effect.",
  ),
  app_keeps_its_popups: error(
    "Cross-Origin-Opener-Policy",
    "same-origin, sent once",
    "Injected script keeps a reference to a popup that passes through the authorization server, and other sites keep a reference to the app's window.",
    "Send Cross-Origin-Opener-Policy: same-origin, once: browsers ignore the header if it is sent twice. same-origin-allow-popups does not isolate the app's own popups.",
  ),
  app_tells_its_urls: warning(
    "Referrer-Policy",
    "strict-origin-when-cross-origin, or no header, which means the same",
    "Other sites see in the Referer header which pages of the app a user had open.",
    "Send Referrer-Policy: strict-origin-when-cross-origin.",
  ),
  path_without_the_apps_policy: error(
    POLICY,
    "the app's policy with every response of the origin, including images, scripts and error pages",
    "Injected script opens this path in a frame, where the app's policy does not apply, and registers a service worker of its choice there.",
    "Send the app's headers with every path except the worker's. On a CDN that includes error responses.",
  ),
  error_page_in_reach: error(
    POLICY,
    "the app's policy with the error page, or frame-src 'none' and Cross-Origin-Opener-Policy: same-origin with the app",
    "Injected script makes the host refuse a request (with an over-long URL or too many cookies), opens the error page in a frame or popup, where no policy applies, and registers a service worker of its choice there.",
    `Send frame-src 'none' and Cross-Origin-Opener-Policy: same-origin with the app. If the host allows it, send the app's headers with its error pages too: ${DOCUMENTATION}/guides/hosting.md.`,
  ),
  error_page_without_policy: note(
    POLICY,
    "the app's policy with the error page, if the host allows it",
    "None while the app sends frame-src 'none' and Cross-Origin-Opener-Policy: same-origin, which keep script out of the error page. Without one of them, script could register a service worker of its choice there.",
    `Keep both headers. If the host allows it, send the app's headers with its error pages too: ${DOCUMENTATION}/guides/hosting.md.`,
  ),
  no_nosniff: warning(
    "X-Content-Type-Options",
    "nosniff",
    "An injected script element runs an uploaded file as script although its type is not a script type.",
    "Send X-Content-Type-Options: nosniff with every response.",
  ),
} satisfies Record<string, HeaderEntry>;

const deployment = /* @__NO_SIDE_EFFECTS__ */ (
  severity: Entry["severity"],
  expected: string,
  remedy: string,
): Entry => ({ severity, expected, remedy });

/** An error of the headers of a vault's own host. */
const vaultHeader = /* @__NO_SIDE_EFFECTS__ */ (
  header: string | null,
  expected: string,
  attack: string,
  remedy = "Write the headers again after each change of vault-worker.js, with `strongroom headers --for` or `strongroom init --host`, and deploy them.",
): HeaderEntry => ({ severity: "error", header, expected, attack, remedy });

/** What only `doctor` finds. The annotations above let a bundle of `strongroom/check-headers` leave this out. */
export const DEPLOYMENT_FINDINGS = {
  page_out_of_scope: deployment(
    "error",
    "a worker script in the page's folder or in a folder above it",
    "Serve the worker script from a folder above all pages of the app, preferably the root. Or send Service-Worker-Allowed with it, and pass the same `scope` to connect().",
  ),
  page_resources_refused: deployment(
    "warning",
    "a page whose policy allows everything in its HTML",
    "Move the file to the app's own host, or add the entry to `policy` of the Vite plugin or hostRules(), or with --allow of `strongroom headers`. Add only hosts that you trust with the app.",
  ),
  configuration_unreadable: deployment(
    "warning",
    "strongroom.start({…}), or strongroom.intercept({…}), with plain data",
    "Pass the script, or its configuration as JSON, with --config. Without it, checks that need the configuration were skipped.",
  ),
  configuration_refused: deployment(
    "error",
    "a valid configuration",
    "Correct the key. Browsers do not install this script: new users get worker_failed or invalid_configuration, others keep the previous version.",
  ),
  worker_file_unknown: deployment(
    "error",
    "the file from the package, including its first line",
    "Serve the file unchanged: without a minifier, injected script or other transformation.",
  ),
  worker_file_changed: deployment(
    "error",
    "content with the hash in the file's first line",
    "Run `strongroom init` to write the file again, and serve it unchanged. If it is correct after the build, find what minifies or rewrites scripts during deployment.",
  ),
  version_differs: deployment(
    "error",
    "the version of the installed package, which the page was built with",
    "Run `strongroom init` and deploy page and worker together. If the installed package is not the one that the app was built with, run this command in the app's folder.",
  ),
  local_address_refused: deployment(
    "warning",
    "a public address",
    "If you trust the app, add --allow-local. Otherwise an app could make this command send requests to services that only this machine can reach.",
  ),
  discovery_unreachable: deployment(
    "warning",
    "the provider's discovery document",
    "Check the issuer, including its path. The vault does not read this document, but validates the issuer in each ID token.",
  ),
  issuer_differs: deployment(
    "error",
    "exactly the issuer in the discovery document",
    "Copy the issuer from the document. With any other value every sign-in fails with invalid_id_token.",
  ),
  endpoint_differs: deployment(
    "warning",
    "the endpoint in the discovery document",
    "Copy the endpoint from the document. Exception: a user pool with a custom domain and a prefix domain announces only one of them, but both work.",
  ),
  pkce_unsupported: deployment(
    "error",
    "S256 in code_challenge_methods_supported",
    "Enable PKCE with S256 for this client. The vault supports no other flow.",
  ),
  token_endpoint_unreachable: deployment(
    "error",
    "an OAuth response from the token endpoint",
    "Check the domain (for a user pool, the login domain), and that this machine can reach it. A page, or a 405 with `Allow: GET`, comes from a host of static files: `domain` or `tokenEndpoint` leads there.",
  ),
  token_endpoint_without_cors: deployment(
    "error",
    "Access-Control-Allow-Origin with the app's origin, or that of a vault on an origin of its own, or *",
    "Allow this origin for this client at the provider (often called web origins). The worker requests this endpoint across origins.",
  ),
  client_refused: deployment(
    "error",
    "invalid_grant for an invalid code",
    "Check the client ID. If it is correct, the client has a secret: create a public client without one, because a browser cannot keep a secret.",
  ),
  authorization_endpoint_unreachable: deployment(
    "error",
    "a response from the authorization endpoint",
    "Check the domain, and that this machine can reach it.",
  ),
  redirect_uri_refused: deployment(
    "error",
    "a redirect to the app, or a sign-in page",
    "Register exactly this redirect URI for the client, without a slash at the end, and no other page of the app. Also check the client ID: an unknown one has the same effect.",
  ),
  scopes_refused: deployment(
    "error",
    "all of `scopes` allowed for the client",
    "Allow the scopes for this client, or remove them from `scopes`. Write custom scopes with the identifier of their resource server, such as api/read.",
  ),
  authorization_refused: deployment(
    "error",
    "login_required, or a sign-in page",
    "Allow the authorization code grant and the response type code for this client.",
  ),
  logout_endpoint_unreachable: deployment(
    "error",
    "a response from the logout endpoint",
    "Check the domain, and that this machine can reach it. If the provider has no such endpoint, remove `logoutEndpoint`.",
  ),
  sign_out_uri_refused: deployment(
    "error",
    "a redirect to the app, or a confirmation page",
    "Register this URL as a sign-out URL (post logout redirect URI) for the client. Otherwise users end up on an error page.",
  ),
  api_unreachable: deployment(
    "error",
    "a response from the API",
    "Check the URL, and that this machine can reach it.",
  ),
  api_without_cors: deployment(
    "error",
    "a 2xx response to the preflight, with Access-Control-Allow-Origin",
    "Enable CORS at the API for the app's origin, or for that of a vault on an origin of its own. The preflight has no token and must not require one. A 405 with `Allow: GET` comes from a host of static files: correct the URL in `api`.",
  ),
  api_forbids_authorization: deployment(
    "error",
    "Authorization in Access-Control-Allow-Headers (* does not include it)",
    "Add Authorization to the headers that the API allows.",
  ),
  api_401_without_cors: deployment(
    "warning",
    "Access-Control-Allow-Origin with the 401 too",
    "Send CORS headers with errors (API Gateway REST APIs: gateway responses for DEFAULT_4XX and DEFAULT_5XX). Without them the page gets a network error in place of the 401, and a token that was revoked early is not renewed.",
  ),
  api_401_unseen: deployment(
    "note",
    "a 401 for an invalid token",
    "Pass a URL that requires a token with --probe. This one does not, so the CORS headers of a 401 were not checked.",
  ),
  api_takes_any_token: deployment(
    "error",
    "a 401 for an invalid token",
    "Verify tokens in the API: signature, issuer, client, expiry and scope. If this path is public on purpose, pass one that is not with --probe. If the response is a page, a host of static files answers in place of the API: correct the URL in `api`.",
  ),
  api_echoes_token: deployment(
    "error",
    "a response without the token",
    "Do not send the Authorization header back from the API: script in the page can read it there.",
  ),

  // A vault on an origin of its own.
  vault_of_another_site: deployment(
    "error",
    "two hosts below one registrable domain and with one scheme, such as https://app.example.com and https://vault.example.com",
    "Move the vault or the app. Browsers do not give the cookie of a sign-in to a frame of another site, so every sign-in would end without a session. Below a public suffix, such as github.io or pages.dev, each host is a site of its own.",
  ),
  vault_shares_host: {
    severity: "error",
    expected: "a host name of the vault's own",
    attack:
      "Cookies ignore the port: script of the app reads the cookie of a sign-in, with the authorization code and its code verifier.",
    remedy: "Give the vault a host name of its own.",
  },
  vault_host_unreachable: deployment(
    "error",
    "a response from the vault's host",
    "Check `vault` in the app's worker script, that the vault is deployed there, and that this machine can reach it.",
  ),
  vault_file_missing: deployment(
    "error",
    "200 and the file, at the root of the vault's host",
    "Deploy all files that `strongroom init --vault-origin` or the Vite plugin writes, and serve them at these paths: without redirects, such as those to URLs without .html.",
  ),
  vault_serves_more: vaultHeader(
    null,
    "404 for every path without a file of the vault",
    "A page or script that this host serves has the vault's origin. It can use the tokens, and read the cookie of a sign-in.",
    "Serve the vault's files and nothing else: no fallback to index.html, no other site below a path. Send 404.html and its headers for every other path.",
  ),
  vault_policy_differs: vaultHeader(
    POLICY,
    "exactly the policy of vaultOriginRules(), once",
    "A flaw in the vault is enough to run script of others or to send tokens to any server.",
  ),
  vault_frame_ancestors_differ: vaultHeader(
    POLICY,
    "frame-ancestors with exactly the origins in `apps`",
    "A site that is not in `apps` can embed the vault. An app that is missing here gets vault_unreachable.",
  ),
  vault_headers_differ: vaultHeader(
    null,
    "the headers of vaultOriginRules()",
    `Other windows keep a reference to a sign-in, the vault shares a process with the apps, caches keep URLs with a code, or crash reports disclose them. Each header's purpose: ${DOCUMENTATION}/host-headers.md#a-vault-on-an-origin-of-its-own`,
  ),
  vault_files_mixed: deployment(
    "error",
    "all files of the vault in one version",
    "Deploy all files of the vault together, with their Cache-Control, and let no cache keep old ones.",
  ),
  vault_version_differs: deployment(
    "note",
    "the installed package's version, or one with the same protocol",
    "Do nothing while the app works: app and vault need the same protocol, not the same version. If requests fail with vault_unreachable, update the older side.",
  ),
  app_not_in_apps: deployment(
    "error",
    "the app's origin in `apps` of the vault's configuration",
    "Add the origin to `apps`, write the headers again, and deploy both. Until then the app gets vault_unreachable.",
  ),
  app_policy_blocks_vault: deployment(
    "error",
    "a policy of the app that allows the worker script, the APIs, and the frame of a vault on an origin of its own",
    "Add the listed sources to the app's Content-Security-Policy. Without them connect() or API requests fail.",
  ),
  app_callback_registered: {
    severity: "error",
    expected: "no redirect URI on the app's origin",
    attack:
      "Injected script sends the tab to the authorization server with its own code challenge, and reads the code from the app's URL when the user is back.",
    remedy:
      "Remove this redirect URI from the client. The only one that the vault needs is its own /callback.html.",
  },
  api_not_of_vault: deployment(
    "error",
    "only URLs that are inside an `api` URL of the vault",
    "Add the API to `api` of the vault's configuration, or remove it from the app's worker script. The vault refuses these requests.",
  ),
  api_not_intercepted: deployment(
    "note",
    "all `api` URLs of the vault in the app's worker script",
    "If this app uses the API, add it to `api` of strongroom.intercept({…}). Requests to it get no token now.",
  ),
  api_allows_the_app: deployment(
    "note",
    "CORS for the vault's origin only",
    "All requests with a token have the vault's origin. Remove the app's from the API's CORS settings, unless the app also calls the API at URLs that are not in `api`.",
  ),
} satisfies Record<string, Entry>;
