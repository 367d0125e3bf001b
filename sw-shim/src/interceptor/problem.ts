/** Why the interceptor responds itself. docs/errors.md explains each code. */
export type ProblemCode = keyof typeof DETAILS;

const DETAILS = {
  not_found: "There is no such endpoint below `basePath`.",
  page_missing: "No page of the app is open, through which the request could reach the vault.",
  frame_missing: "The page has offered no frame of the vault. Wait for connect() before the first request.",
  vault_unreachable:
    "The vault's frame could not be loaded or could not start, or `apps` of the vault does not list this app.",
};

/** Headers of every response that is made here or opened as a document: not stored, not sniffed, inert. */
export const COMMON_HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/**
 * The response with problem details (RFC 9457). A navigation gets a page with a link to the app's root instead.
 *
 * @param root The path of the app's root.
 */
export function problem(code: ProblemCode, { mode }: Request, root: string): Response {
  const status = code === "not_found" ? 404 : 503;
  const detail = DETAILS[code];
  if (mode === "navigate") {
    const title = "Sign-in cannot continue here";
    return respond(
      status,
      "text/html; charset=utf-8",
      `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><h1>${title}</h1><p>${detail}</p><p><code>${code}</code></p><p><a href="${encodeURI(root)}">Back to the app</a></p></html>`,
    );
  }
  const body = JSON.stringify({ type: "about:blank", status, code, detail });
  return respond(status, "application/problem+json", body);
}

function respond(status: number, type: string, body: string): Response {
  return new Response(body, { status, headers: { ...COMMON_HEADERS, "content-type": type } });
}
