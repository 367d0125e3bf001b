import type { HostRule } from "../../headers";
import { filesOf, type HostSettings, indent, kindsOf, REQUEST_ORIGIN } from "./format";

/** Lines for the `server { … }` of the app. */
export function nginx({ rules }: HostSettings): string {
  const { callback, endpoints, workers, app } = kindsOf(rules);
  return `# Strongroom's host headers: include this in the server { … } of the app.
#
# A location with its own add_header inherits none of the server's. So other locations must have none, or repeat the
# app's lines. Nothing else may send these headers with the app.

# The app: everything that matches no location below.
${addHeaders(app)}

# Requests that nginx refuses before it looks for a location, such as an over-long URL or too many cookies, which script can
# set for the callback. An error page there would keep the code in the tab's history.
error_page 400 414 494 =${callback.page.status} ${callback.path};

# Over HTTP/2, nginx closes the connection instead, and the browser's own error page keeps the URL. So accept as many cookies as
# browsers send. nginx allocates the memory only for a request that needs it.
large_client_header_buffers 4 768k;

# The callback without the worker: no document, so that the browser keeps no URL with a code.
location = ${callback.path} {
${indent(addHeaders(callback), 2)}
  return ${callback.page.status};
}

# The worker's other endpoints: never the app. ^~ takes precedence over regular expressions.
location ^~ ${endpoints.path.slice(0, -1)} {
${indent(contentType(endpoints), 2)}
${indent(addHeaders(endpoints), 2)}
  return ${endpoints.page.status} ${quoted(endpoints.page.body)};
}
${workers
  .map(
    (rule) => `
# A worker script.
location = ${rule.path} {
${indent(contentType(rule), 2)}
${indent(addHeaders(rule), 2)}
}
`,
  )
  .join("")}`;
}

/** Lines for the `server { … }` of a vault origin. */
export function nginxVault(rules: HostRule[]): string {
  const { files, missing } = filesOf(rules);
  return `# The files of a vault origin: include this in its server { … }, which needs a root and no other location.
${files
  .map(
    (rule) => `
location = ${rule.path} {
${indent(contentType(rule), 2)}
${indent(addHeaders(rule), 2)}
}
`,
  )
  .join("")}
# Nothing else is served here, not even files that are in the folder. The same page takes the place of nginx's own error pages.
location / {
${indent(contentType(missing), 2)}
${indent(addHeaders(missing), 2)}
  return ${missing.page.status} ${quoted(missing.page.body)};
}
error_page 400 403 404 405 414 494 =${missing.page.status} /;
`;
}

/** nginx would send a second Content-Type beside its own if it were added like the others. */
function contentType({ headers }: HostRule): string {
  return `types { }\ndefault_type ${quoted(headers["Content-Type"] ?? "application/octet-stream")};`;
}

/** `always`: with errors too. */
function addHeaders({ headers }: HostRule): string {
  return (
    Object.entries(headers)
      // nginx sends it by a setting of its own.
      .filter(([name]) => name !== "Content-Type")
      .map(([name, value]) => `add_header ${name} ${quoted(value)} always;`)
      .join("\n")
  );
}

/** `$host` is the name that the browser asked for, which is the app's own. */
function quoted(text: string): string {
  if (text.includes("$")) throw new Error("nginx would take what follows a $ for a variable");
  return `"${text.replace(/[\\"]/g, "\\$&").replaceAll(REQUEST_ORIGIN, "$host:*")}"`;
}
