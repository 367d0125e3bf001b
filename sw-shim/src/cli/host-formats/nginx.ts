import type { HostRule } from "../../headers";
import { filesOf, type HostSettings, indent, kindsOf, REQUEST_ORIGIN } from "./format";

/** Lines for the `server { … }` of the app. */
export function nginx({ rules }: HostSettings): string {
  const { unfinished, endpoints, workers, app } = kindsOf(rules);
  const prefix = endpoints.path.slice(0, -1);
  const closed = `.${endpoints.location.slice(prefix.length - 1)}`;
  return `# Strongroom's host headers: include this in the server { … } of the app.
#
# A location with its own add_header inherits none of the server's. So other locations must have none, or repeat the
# app's lines. Nothing else may send these headers with the app.

# The app: everything that matches no location below.
${addHeaders(app)}

# Requests that nginx refuses before it looks for a location, such as an over-long URL or too many cookies, which script can
# set for the callback. An error page there would keep the code in the tab's history.
error_page 400 414 494 =303 ${quoted(closed)};

# The worker's endpoints: never the app, and no page with the code in its URL. ^~ takes precedence over regular expressions.
location ^~ ${prefix} {
  absolute_redirect off;
${indent(addHeaders(endpoints), 2)}
  return ${endpoints.page.status} ${quoted(endpoints.location)};
}
location = ${unfinished.path} {
${indent(contentType(unfinished), 2)}
${indent(addHeaders(unfinished), 2)}
  return ${unfinished.page.status} ${quoted(unfinished.page.body)};
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
      // nginx sends these by settings of their own.
      .filter(([name]) => name !== "Content-Type" && name !== "Location")
      .map(([name, value]) => `add_header ${name} ${quoted(value)} always;`)
      .join("\n")
  );
}

/** `$host` is the name that the browser asked for, which is the app's own. */
function quoted(text: string): string {
  if (text.includes("$")) throw new Error("nginx would take what follows a $ for a variable");
  return `"${text.replace(/[\\"]/g, "\\$&").replaceAll(REQUEST_ORIGIN, "$host:*")}"`;
}
