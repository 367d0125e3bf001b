import { CookieJar } from "tough-cookie";

/** A user agent for tests: `fetch` that keeps cookies and returns redirects instead of following them. */
export class CookieClient {
  readonly cookies = new CookieJar(undefined, { rejectPublicSuffixes: false });

  async get(url: string | URL): Promise<Response> {
    return this.#send(url, {});
  }

  /** Sends `fields` as a form does. */
  async post(url: string | URL, fields: Record<string, string>): Promise<Response> {
    return this.#send(url, { method: "POST", body: new URLSearchParams(fields) });
  }

  async #send(url: string | URL, init: RequestInit): Promise<Response> {
    const cookie = await this.cookies.getCookieString(`${url}`);
    const headers = { accept: "text/html,*/*;q=0.8", ...(cookie ? { cookie } : {}) };
    const response = await fetch(url, { ...init, headers, redirect: "manual" });
    for (const line of response.headers.getSetCookie()) await this.cookies.setCookie(line, `${url}`);
    return response;
  }
}
