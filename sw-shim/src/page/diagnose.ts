import type { VaultError } from "./errors";

/** How long the script may take to fail, in milliseconds. */
const SCRIPT_START_TIMEOUT = 5_000;

/**
 * Finds out why the worker at `url` could not be registered, which browsers do not report.
 *
 * @param script The same URL, as a `TrustedScriptURL` if the page has Trusted Types.
 */
export async function diagnose(
  url: string,
  script: string,
  scope: string | undefined,
  cause: unknown,
  Failure: typeof VaultError,
): Promise<never> {
  const fail = (code: VaultError["code"], message: string) => new Failure(code, message, { cause });
  const response = await fetch(url, { cache: "no-store" }).catch(() => undefined);
  if (!response?.ok) {
    const found = response ? `responded with ${response.status}` : "could not be fetched";
    throw fail(
      "worker_not_found",
      `The worker script ${url} ${found}. Deploy it there, or correct \`worker\` in connect().`,
    );
  }
  const type = response.headers.get("content-type") ?? "no content type";
  if (!/javascript/.test(type)) {
    throw fail(
      "worker_not_javascript",
      `The worker script ${url} is served as ${type}, which is probably the app's page in place of a missing file. Deploy the script, and serve it as text/javascript.`,
    );
  }
  const registered = new URL(scope ?? "./", url).href;
  if (!location.href.startsWith(registered)) {
    throw fail(
      "out_of_scope",
      `The scope ${registered} does not cover this page. Correct \`scope\` in connect(), or serve the worker script from a folder above the page.`,
    );
  }
  if (cause instanceof TypeError) {
    const message = await evaluationError(script);
    const configuration = message?.match(/strongroom\.(start|intercept): .*/s)?.[0];
    if (configuration) throw fail("invalid_configuration", configuration);
    throw fail(
      "worker_failed",
      message
        ? `The worker script ${url} could not be started: ${message}`
        : `The worker script ${url} starts, but not as a service worker with the scope ${registered}: ${String(cause)} Set the same \`scope\` in connect() and in strongroom.start.`,
    );
  }
  throw fail(
    "service_worker_unavailable",
    `The browser refused the service worker: ${String(cause)} If the page has a Content-Security-Policy, name ${new URL(url).pathname} in its worker-src. Otherwise allow this site's data in the browser.`,
  );
}

/**
 * The error that the script throws. Pages cannot read errors of service workers, so the script is evaluated again as a
 * dedicated worker, whose errors they can read.
 */
function evaluationError(script: string): Promise<string | undefined> {
  return new Promise<string | undefined>((resolve) => {
    const worker = new Worker(script);
    const settle = (message?: string) => {
      worker.terminate();
      resolve(message);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      settle(event.message);
    };
    setTimeout(settle, SCRIPT_START_TIMEOUT);
  });
}
