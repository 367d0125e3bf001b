interface Entry {
  severity: "error" | "warning" | "note";
  expected: string;
  remedy: string;
}

const error = (expected: string, remedy: string): Entry => ({ severity: "error", expected, remedy });
const warning = (expected: string, remedy: string): Entry => ({ severity: "warning", expected, remedy });
const note = (expected: string, remedy: string): Entry => ({ severity: "note", expected, remedy });

/** Everything that `doctor` itself can find. What it finds about headers is in the catalog of check-headers. */
export const CATALOG = {
  page_out_of_scope: error(
    "a worker script in the page's folder or in one above it",
    "Serve the worker script from a folder above all pages of the app, best from the root. Or send Service-Worker-Allowed with it, and give connect() the same scope.",
  ),
  page_resources_refused: warning(
    "a page whose HTML names nothing that its policy refuses",
    "Put the file on the app's own host, which is always allowed, or add the entry to the `policy` of the Vite plugin or of hostRules(), or with --allow of `strongroom headers`. Add no host that you do not trust with the app.",
  ),
  configuration_unreadable: warning(
    "a call strongroom.start({…}) with plain data",
    "Name the script on this machine, or its configuration as JSON, with --config. Without it, what depends on the configuration was not looked at.",
  ),
  configuration_refused: error(
    "a configuration that the vault takes",
    "Correct the key that is named. Browsers do not install this script: new users see worker_failed or invalid_configuration, others stay on the version before.",
  ),
  worker_file_unknown: error(
    "strongroom-worker.js as it is in the package, its first line included",
    "Serve the file as it is: no minifier, no injected script, no transformation on the way.",
  ),
  worker_file_changed: error(
    "a file whose content has the hash in its first line",
    "Serve the file as it is. `strongroom init` writes it anew; if it is right on the machine that builds, look at what minifies or rewrites scripts on the way.",
  ),
  version_differs: error(
    "the version of the package that the page is built with: connect() refuses any other",
    "Run `strongroom init` and deploy, so that page and worker come from the same version. If the installed package is not the one the app was built with, run this command from the app's own folder.",
  ),
  local_address_refused: warning(
    "an app on the internet that names addresses on the internet",
    "If you trust the app, allow the requests with --allow-local. Otherwise an app could have this command send requests to services that only this machine reaches.",
  ),
  discovery_unreachable: warning(
    "the provider's discovery document",
    "Is the issuer right, down to its path? The vault does not read this document, but it checks the issuer in each ID token.",
  ),
  issuer_differs: error(
    "the issuer of the discovery document, character for character",
    "Write the issuer as the document has it. With another one every sign-in ends in invalid_id_token.",
  ),
  endpoint_differs: warning(
    "the endpoint of the discovery document",
    "Take the endpoint over. A user pool with a custom domain and a prefix domain names only one of them, and both are right.",
  ),
  pkce_unsupported: error(
    "S256 among the code challenge methods",
    "Turn PKCE with S256 on for this client, or take another provider: the vault signs in no other way.",
  ),
  token_endpoint_unreachable: error(
    "an answer from the token endpoint",
    "Is the domain right, and can this machine reach it? For a user pool it is the login domain.",
  ),
  token_endpoint_without_cors: error(
    "Access-Control-Allow-Origin with the app's origin or *",
    "Allow the app's origin for this client at the provider (often called web origins). The worker's request is one between origins.",
  ),
  client_refused: error(
    "invalid_grant for a code that is none",
    "Check the client ID. If it is right, the client has a secret: a browser cannot keep one, so make a public client without.",
  ),
  authorization_endpoint_unreachable: error(
    "an answer from the authorization endpoint",
    "Is the domain right, and can this machine reach it?",
  ),
  redirect_uri_refused: error(
    "a redirect back to the app, with or without a sign-in before",
    "Register exactly this redirect URI for the client, without a slash at the end, and no other page of the app: <origin><basePath>/callback. An unknown client ID is answered in the same way.",
  ),
  scopes_refused: error(
    "all of `scopes` allowed for the client",
    "Allow the scopes for this client (custom scopes are those of a resource server, with its identifier before them), or remove them from `scopes`.",
  ),
  authorization_refused: error(
    "login_required, or a page to sign in",
    "The client has to allow the authorization code grant and the response type code.",
  ),
  logout_endpoint_unreachable: error(
    "an answer from the logout endpoint",
    "Is the domain right, and can this machine reach it? A provider without such an endpoint is configured without `logoutEndpoint`.",
  ),
  sign_out_uri_refused: error(
    "a redirect to the app, or a page to confirm it",
    "Register <origin>/ as sign-out URL (post logout redirect URI) for the client. Without, users end up on an error page.",
  ),
  api_unreachable: error("an answer from the API", "Is the URL right, and can this machine reach it?"),
  api_without_cors: error(
    "a 2xx answer to the preflight, with Access-Control-Allow-Origin",
    "Turn CORS on at the API for the app's origin. The preflight comes without a token and must not need one.",
  ),
  api_forbids_authorization: error(
    "authorization in Access-Control-Allow-Headers, by name: * does not mean it",
    "Name Authorization among the headers that the API allows.",
  ),
  api_401_without_cors: warning(
    "Access-Control-Allow-Origin with the 401, too",
    "Send CORS headers with errors. API Gateway, REST: gateway responses for DEFAULT_4XX and DEFAULT_5XX. Without, the page sees a network error in place of the 401, and a token that was revoked early is not renewed.",
  ),
  api_401_unseen: note(
    "a 401 for a made-up token",
    "Nothing there asks for a token, so it was not seen whether a 401 has CORS headers. Name a URL that needs one with --probe.",
  ),
  api_takes_any_token: error(
    "a 401 for a made-up token",
    "The API has to verify tokens: signature, issuer, client, expiry, scope. If this path is meant to be public, name one that is not with --probe.",
  ),
  api_echoes_token: error(
    "an answer in which the token does not come back",
    "Stop the API from sending the Authorization header back: script in the page can read it there.",
  ),
} satisfies Record<string, Entry>;
