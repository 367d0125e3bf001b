interface Entry {
  severity: "error" | "warning" | "note";
  expected: string;
  remedy: string;
}

const error = (expected: string, remedy: string): Entry => ({ severity: "error", expected, remedy });
const warning = (expected: string, remedy: string): Entry => ({ severity: "warning", expected, remedy });
const note = (expected: string, remedy: string): Entry => ({ severity: "note", expected, remedy });

/** The doctor's own findings. Those about headers are in the catalog of check-headers. */
export const CATALOG = {
  page_out_of_scope: error(
    "a worker script in the page's folder or in a folder above it",
    "Serve the worker script from a folder above all pages of the app, preferably the root. Or send Service-Worker-Allowed with it, and pass the same `scope` to connect().",
  ),
  page_resources_refused: warning(
    "a page whose policy allows everything in its HTML",
    "Move the file to the app's own host, or add the entry to `policy` of the Vite plugin or hostRules(), or with --allow of `strongroom headers`. Add only hosts that you trust with the app.",
  ),
  configuration_unreadable: warning(
    "strongroom.start({…}) with plain data",
    "Pass the script, or its configuration as JSON, with --config. Without it, checks that need the configuration were skipped.",
  ),
  configuration_refused: error(
    "a valid configuration",
    "Correct the key. Browsers do not install this script: new users get worker_failed or invalid_configuration, others keep the previous version.",
  ),
  worker_file_unknown: error(
    "strongroom-worker.js from the package, including its first line",
    "Serve the file unchanged: without a minifier, injected script or other transformation.",
  ),
  worker_file_changed: error(
    "content with the hash in the file's first line",
    "Run `strongroom init` to write the file again, and serve it unchanged. If it is correct after the build, find what minifies or rewrites scripts during deployment.",
  ),
  version_differs: error(
    "the version of the installed package, which the page was built with",
    "Run `strongroom init` and deploy page and worker together. If the installed package is not the one that the app was built with, run this command in the app's folder.",
  ),
  local_address_refused: warning(
    "a public address",
    "If you trust the app, add --allow-local. Otherwise an app could make this command send requests to services that only this machine can reach.",
  ),
  discovery_unreachable: warning(
    "the provider's discovery document",
    "Check the issuer, including its path. The vault does not read this document, but validates the issuer in each ID token.",
  ),
  issuer_differs: error(
    "exactly the issuer in the discovery document",
    "Copy the issuer from the document. With any other value every sign-in fails with invalid_id_token.",
  ),
  endpoint_differs: warning(
    "the endpoint in the discovery document",
    "Copy the endpoint from the document. Exception: a user pool with a custom domain and a prefix domain announces only one of them, but both work.",
  ),
  pkce_unsupported: error(
    "S256 in code_challenge_methods_supported",
    "Enable PKCE with S256 for this client. The vault supports no other flow.",
  ),
  token_endpoint_unreachable: error(
    "an OAuth response from the token endpoint",
    "Check the domain (for a user pool, the login domain), and that this machine can reach it.",
  ),
  token_endpoint_without_cors: error(
    "Access-Control-Allow-Origin with the app's origin or *",
    "Allow the app's origin for this client at the provider (often called web origins). The worker requests this endpoint across origins.",
  ),
  client_refused: error(
    "invalid_grant for an invalid code",
    "Check the client ID. If it is correct, the client has a secret: create a public client without one, because a browser cannot keep a secret.",
  ),
  authorization_endpoint_unreachable: error(
    "a response from the authorization endpoint",
    "Check the domain, and that this machine can reach it.",
  ),
  redirect_uri_refused: error(
    "a redirect to the app, or a sign-in page",
    "Register exactly this redirect URI for the client, <origin><basePath>/callback, without a slash at the end, and no other page of the app. Also check the client ID: an unknown one has the same effect.",
  ),
  scopes_refused: error(
    "all of `scopes` allowed for the client",
    "Allow the scopes for this client, or remove them from `scopes`. Write custom scopes with the identifier of their resource server, such as api/read.",
  ),
  authorization_refused: error(
    "login_required, or a sign-in page",
    "Allow the authorization code grant and the response type code for this client.",
  ),
  logout_endpoint_unreachable: error(
    "a response from the logout endpoint",
    "Check the domain, and that this machine can reach it. If the provider has no such endpoint, remove `logoutEndpoint`.",
  ),
  sign_out_uri_refused: error(
    "a redirect to the app, or a confirmation page",
    "Register this URL as a sign-out URL (post logout redirect URI) for the client. Otherwise users end up on an error page.",
  ),
  api_unreachable: error("a response from the API", "Check the URL, and that this machine can reach it."),
  api_without_cors: error(
    "a 2xx response to the preflight, with Access-Control-Allow-Origin",
    "Enable CORS at the API for the app's origin. The preflight has no token and must not require one.",
  ),
  api_forbids_authorization: error(
    "Authorization in Access-Control-Allow-Headers (* does not include it)",
    "Add Authorization to the headers that the API allows.",
  ),
  api_401_without_cors: warning(
    "Access-Control-Allow-Origin with the 401 too",
    "Send CORS headers with errors (API Gateway REST APIs: gateway responses for DEFAULT_4XX and DEFAULT_5XX). Without them the page gets a network error in place of the 401, and a token that was revoked early is not renewed.",
  ),
  api_401_unseen: note(
    "a 401 for an invalid token",
    "Pass a URL that requires a token with --probe. This one does not, so the CORS headers of a 401 were not checked.",
  ),
  api_takes_any_token: error(
    "a 401 for an invalid token",
    "Verify tokens in the API: signature, issuer, client, expiry and scope. If this path is public on purpose, pass one that is not with --probe.",
  ),
  api_echoes_token: error(
    "a response without the token",
    "Do not send the Authorization header back from the API: script in the page can read it there.",
  ),
} satisfies Record<string, Entry>;
