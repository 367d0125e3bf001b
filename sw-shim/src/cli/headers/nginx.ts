import type { HostRule } from "../../headers";
import { type HostSettings, indent, kindsOf, REQUEST_ORIGIN } from "./format";

/** Lines for the `server { … }` of the app. */
export function nginx({ rules }: HostSettings): string {
  const { unfinished, endpoints, workers, app } = kindsOf(rules);
  const prefix = endpoints.path.slice(0, -1);
  const closed = `.${endpoints.location.slice(prefix.length - 1)}`;
  return `# Strongroom's host headers: into the server { … } of the app, for example by \`include\`.
#
# A location with an add_header of its own inherits none of the server's. So no other location may have one, or it has
# to repeat the app's lines; and where the app is sent, nothing else may send these headers too.

# The app, and everything that no location below takes.
${addHeaders(app)}

# What nginx refuses before it looks for a location: an over-long URL, or more cookies than it takes, which script can set
# for the callback. Its error page would keep the code in the tab's history.
error_page 400 414 494 =303 ${quoted(closed)};

# The worker's endpoints: never the app, and no page that has the code in its URL. Before any location with a regular
# expression.
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
# A script that runs as the worker.
location = ${rule.path} {
${indent(contentType(rule), 2)}
${indent(addHeaders(rule), 2)}
}
`,
  )
  .join("")}`;
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
