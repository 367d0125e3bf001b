const POLICY = "Content-Security-Policy";

interface Entry {
  severity: "error" | "warning" | "note";
  header: string | null;
  expected: string;
  attack: string;
  remedy: string;
}

const error = (header: string | null, expected: string, attack: string, remedy: string): Entry => ({
  severity: "error",
  header,
  expected,
  attack,
  remedy,
});

const warning = (...texts: Parameters<typeof error>): Entry => ({ ...error(...texts), severity: "warning" });
const note = (...texts: Parameters<typeof error>): Entry => ({ ...error(...texts), severity: "note" });

/** Everything that can be wrong, and what follows from it. */
export const CATALOG = {
  insecure_origin: error(
    null,
    "https, or a loopback host",
    "Whoever is on the network between replaces the app and its worker, and takes the next sign-in.",
    "Serve the app over https alone.",
  ),

  callback_is_the_app: error(
    null,
    "404 and a static page without script, whatever the path below the base path",
    "Injected script unregisters the worker, opens a frame at the authorization server with a code challenge of its own, reads the code from the frame's URL, and trades it for tokens.",
    "Take these paths out of the fallback to index.html, and answer them with the page and headers of hostRules().",
  ),
  callback_keeps_its_url: error(
    "Location",
    "303 to a page below the base path, without the query and with a fragment of its own",
    "Injected script unregisters the worker, sends the tab to the authorization server with a code challenge of its own, and, once the user is back in the app, reads the code from navigation.entries(): Firefox lists the page that had the code in its URL, whatever its origin.",
    "Answer these paths with a redirect, and only its target with the page, as hostRules() has them.",
  ),
  refused_callback_keeps_its_url: error(
    "Location",
    "303, or the callback as usual, also for a request with 40 kB of cookies",
    "Injected script sets cookies for the callback until the host refuses the request with an error page of its own. It unregisters the worker, sends the tab to the authorization server with a code challenge of its own, and, once the user is back in the app, reads the code from navigation.entries().",
    "Make the host redirect what it refuses, or accept as many cookies as browsers send. Where the host allows neither, injected script can get tokens this way: docs/host-headers.md#the-hosts-own-error-pages.",
  ),
  callback_redirects: error(
    null,
    "303 to a page below the base path, without the query and with a fragment of its own",
    "Where the redirect ends, injected script may read the code: a browser takes the fragment along, and hosts often the query too.",
    "Answer as hostRules() has it, before any rule that adds a slash, a language or a host name.",
  ),
  callback_can_be_read: error(
    POLICY,
    "sandbox, without allow-same-origin",
    "Injected script opens the authorization server in a popup with a code challenge of its own, and reads the code from the popup's URL when it has come back.",
    "Send Content-Security-Policy: default-src 'none'; frame-ancestors 'none'; sandbox. It has to be a header: a <meta> element cannot say sandbox.",
  ),
  callback_can_be_framed: error(
    POLICY,
    "frame-ancestors 'none', or X-Frame-Options: DENY where no policy has frame-ancestors",
    "Injected script brings an authorization response of its own to the callback in a hidden frame, unseen by the user; only the sandbox is then between it and the code.",
    "Send frame-ancestors 'none' and X-Frame-Options: DENY. 'self' and SAMEORIGIN are no help, since the script is in the app. A <meta> element cannot say frame-ancestors.",
  ),
  callback_runs_script: error(
    POLICY,
    "default-src 'none', or sandbox without allow-scripts",
    "Whoever can place a script in this page, or in what it loads, reads the code from the page's own URL.",
    "Send Content-Security-Policy: default-src 'none'; frame-ancestors 'none'; sandbox.",
  ),
  callback_tells_its_url: error(
    "Referrer-Policy",
    "no-referrer",
    "Who follows the link back to the app takes the code along, and injected script reads it from document.referrer.",
    "Send Referrer-Policy: no-referrer.",
  ),
  callback_is_stored: warning(
    "Cache-Control",
    "no-store",
    "URLs with codes stay behind in the browser's cache and in those on the way, for whoever can read them.",
    "Send Cache-Control: no-store.",
  ),
  callback_is_shared: warning(
    "Access-Control-Allow-Origin",
    "no such header",
    "Pages of other sites read what stands here, which is harmless only as long as it is the static page.",
    "Leave these paths out of the rule that adds CORS headers.",
  ),
  callback_succeeds: warning(
    null,
    "404",
    "No theft by itself: but code that asks for the session while there is no worker takes the page for an answer.",
    "Answer with the status 404.",
  ),

  worker_is_missing: error(
    null,
    "200 and the script",
    "No theft: without the script there is no session. But a new registration and updates fail, so that a fixed version does not arrive.",
    "Deploy the script, or name the right path in `workers`.",
  ),
  worker_redirects: error(
    null,
    "200 and the script",
    "No theft: browsers take no worker script from a redirect, and updates fail, so that a fixed version does not arrive.",
    "Answer the path itself, before any rule that redirects.",
  ),
  worker_is_no_script: error(
    "Content-Type",
    "text/javascript",
    "No theft by this answer, which browsers refuse. But a host that answers a missing file with the app's page does so at the callback too, unless told otherwise.",
    "Deploy the script, serve it as text/javascript, and answer missing files with a 404.",
  ),
  worker_without_policy: error(
    POLICY,
    "a policy of the worker's own",
    "A fault in the worker or its keeper is enough to send tokens to any server.",
    "Send the script with the policy that hostRules() has for it. The app's policy does not apply to it, and a report-only one forbids nothing.",
  ),
  worker_connects_to_any_host: error(
    POLICY,
    "connect-src with 'self', the API and the token endpoint, and nothing else",
    "A fault in the worker or its keeper is enough to send tokens to a server that is not yours.",
    "Name in connect-src what the worker has to reach, by origin.",
  ),
  worker_runs_script_of_others: error(
    POLICY,
    "script-src 'self' 'wasm-unsafe-eval'",
    "Who controls one of those hosts, or a text that is run as script, runs in the worker beside the tokens.",
    "Send script-src 'self' 'wasm-unsafe-eval', or name the paths of the worker scripts.",
  ),
  worker_can_be_framed: error(
    POLICY,
    "frame-ancestors 'none', or X-Frame-Options: DENY where no policy has frame-ancestors",
    "Injected script shows the script file in a frame, where Trusted Types are not required, and from there registers any file of this origin as the service worker.",
    "Send the script with the policy that hostRules() has for it.",
  ),
  worker_can_be_opened: error(
    "Cross-Origin-Opener-Policy",
    "no such header with the worker scripts",
    "Injected script opens the script file in a popup, which has the same policy as the app and so stays in its reach, and from there registers any file of this origin as the service worker.",
    "Send Cross-Origin-Opener-Policy with the app, and leave the worker scripts out of the rule.",
  ),
  worker_is_cached: warning(
    "Cache-Control",
    "no-cache",
    "A flaw that a new version closes stays open in browsers, for as long as a cache keeps the old script.",
    "Send Cache-Control: no-cache, and leave the scripts out of rules for immutable assets.",
  ),
  worker_scope_is_widened: error(
    "Service-Worker-Allowed",
    "no such header, or the scope that the app asks for",
    "A script of a stranger in a folder with this header, such as an upload, becomes the worker of the whole app, and is handed the session.",
    "Leave the header out. If the worker has to control more than its folder, send it for this one script and pass `scope`.",
  ),

  app_without_policy: error(
    POLICY,
    "the policy of hostRules()",
    "Any injection of markup is script in the app, which runs a sign-in of its own and sends what it finds anywhere.",
    "Send the policy as a header. One that is report-only forbids nothing; one in a <meta> element holds only for what stands after it, and is not counted.",
  ),
  app_runs_inline_script: error(
    POLICY,
    "script-src without 'unsafe-inline', or with a nonce or hash",
    "Any injection of markup is script in the app: it uses the session, and can start a sign-in of its own.",
    "Move inline scripts into files, or give each a nonce or hash.",
  ),
  app_runs_script_of_any_host: error(
    POLICY,
    "script-src that names its hosts, without *, data: or blob:",
    "An injected script element brings its code along or loads it from anywhere, and it runs in the app.",
    "Name the hosts that scripts come from; best is 'self' alone.",
  ),
  app_repeats_its_nonce: error(
    POLICY,
    "a nonce that is new in each response",
    "Whoever has opened the page once knows the nonce, and injected markup with it runs as script.",
    "Make the nonce for each response, and let no cache keep the page; or use hashes.",
  ),
  app_runs_text_as_script: warning(
    POLICY,
    "script-src without 'unsafe-eval'",
    "A text of the attacker's that reaches eval, Function or a timer runs as script in the app.",
    "Leave 'unsafe-eval' out. The page needs no WebAssembly for the vault.",
  ),
  app_needs_no_trusted_types: error(
    POLICY,
    "require-trusted-types-for 'script'",
    "A text that reaches innerHTML runs as script, and a script can register any file of this origin as the service worker, which is then handed the session.",
    "Send require-trusted-types-for 'script'; trusted-types strongroom.",
  ),
  app_lets_script_make_trusted_types: warning(
    POLICY,
    "trusted-types with the names of your policies, without * or 'allow-duplicates'",
    "Injected script makes a policy that lets everything through, and with it a service worker of its own choice.",
    "Send trusted-types strongroom, and add no names but those of policies that you have read.",
  ),
  app_frames_any_site: error(
    POLICY,
    "frame-src 'none', or the hosts that the app needs",
    "Injected script puts any site into a frame: a false sign-in form, or an authorization server with a code challenge of its own.",
    "Send frame-src 'none'.",
  ),
  app_frames_the_login: error(
    POLICY,
    "frame-src without the login domain",
    "Injected script sends a frame through the authorization server with a code challenge of its own, and reads the code in a violation report (Chromium, WebKit).",
    "Take the login domain out of frame-src: the vault never needs it there.",
  ),
  app_connects_to_any_host: warning(
    POLICY,
    "connect-src that names its hosts",
    "Injected script sends what it reads in the app to any server, without leaving the page.",
    "Send connect-src 'self' and the API's origin.",
  ),
  app_reaches_the_token_endpoint: warning(
    POLICY,
    "connect-src without the token endpoint, with which only the worker speaks",
    "Injected script that gets hold of a code trades it for tokens in the page itself.",
    "Take the token endpoint's origin out of the page's connect-src.",
  ),
  app_starts_workers_from_text: warning(
    POLICY,
    "worker-src that names the worker script, without blob: or data:",
    "Injected script starts workers from text of its own, which go on while the user looks elsewhere.",
    "Send the worker-src of hostRules(), which names the worker script.",
  ),
  app_starts_any_file_as_worker: warning(
    POLICY,
    "worker-src that names the worker script, and no other file",
    "Injected script that gets around Trusted Types registers another file of this origin as a service worker. A stranger's file is handed the session; the library file alone, below the base path, ends every sign-in.",
    "Send the worker-src of hostRules(), which names the worker script. Name further workers of the app by path in `policy`.",
  ),
  app_has_a_movable_base: error(
    POLICY,
    "base-uri 'none' or 'self'",
    "An injected base element makes the app load its scripts, which carry its nonce, from somewhere else.",
    "Send base-uri 'none'.",
  ),
  app_embeds_plugins: warning(
    POLICY,
    "object-src 'none'",
    "An injected object or embed element shows a document that is not the app's as part of it.",
    "Send object-src 'none'.",
  ),
  app_sends_forms_anywhere: warning(
    POLICY,
    "form-action 'self'",
    "An injected form asks the user for a password in the app's name and posts it elsewhere.",
    "Send form-action 'self'. default-src does not stand in for it.",
  ),
  app_can_be_framed: warning(
    POLICY,
    "frame-ancestors 'none', or X-Frame-Options where no policy has frame-ancestors",
    "Another site shows the app in an invisible frame, and the signed-in user clicks what it wants clicked.",
    "Send frame-ancestors 'none'. A <meta> element cannot say it.",
  ),
  app_keeps_its_popups: error(
    "Cross-Origin-Opener-Policy",
    "same-origin, once",
    "Injected script keeps hold of a popup that it sends through the authorization server, and other sites keep hold of the app's window.",
    "Send Cross-Origin-Opener-Policy: same-origin. same-origin-allow-popups does not cut off the popups of the app itself; sent twice, the header is void.",
  ),
  app_tells_its_urls: warning(
    "Referrer-Policy",
    "strict-origin-when-cross-origin, or none, which is the same",
    "Other sites read in the Referer header which pages of the app a user had open.",
    "Send Referrer-Policy: strict-origin-when-cross-origin.",
  ),
  path_without_the_apps_policy: error(
    POLICY,
    "the app's policy with every answer of the origin, images, scripts and error pages included",
    "Injected script shows this path in a frame and goes on there without the app's policy: it registers a service worker of its own choice.",
    "Send the app's headers with all paths but the worker's. On a CDN that means error answers, too.",
  ),
  error_page_in_reach: error(
    POLICY,
    "an error page with the app's policy, or an app whose frame-src is 'none' and whose Cross-Origin-Opener-Policy is same-origin",
    "Injected script makes the host refuse a request (by an over-long URL, or by cookies that are too long), shows the error page in a frame or popup, and registers a service worker of its own choice there, where no policy applies.",
    "Send the app with frame-src 'none' and Cross-Origin-Opener-Policy: same-origin. If the host allows it, send the app's headers with its own error pages too: docs/guides/hosting.md.",
  ),
  error_page_without_policy: note(
    POLICY,
    "an error page with the app's policy, where the host allows it",
    "None while the app sends frame-src 'none' and Cross-Origin-Opener-Policy: same-origin: they keep the error page out of the script's reach. Without one of them, script registers a service worker of its own choice there.",
    "Keep both headers. If the host allows it, send the app's headers with its own error pages too: docs/guides/hosting.md.",
  ),
  no_nosniff: warning(
    "X-Content-Type-Options",
    "nosniff",
    "A file of a stranger that is no script by its type is run as one by an injected script element.",
    "Send X-Content-Type-Options: nosniff with everything.",
  ),
} satisfies Record<string, Entry>;
