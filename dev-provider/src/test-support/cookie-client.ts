/** A user agent for tests: `fetch` that keeps cookies by path and shows redirects instead of following them. */
export class CookieClient {
  readonly cookies = new Map<string, { name: string; value: string; path: string }>();

  async get(url: string | URL): Promise<Response> {
    return this.#send(url, {});
  }

  /** Sends `fields` as a form does. */
  async post(url: string | URL, fields: Record<string, string>): Promise<Response> {
    return this.#send(url, { method: "POST", body: new URLSearchParams(fields) });
  }

  async #send(url: string | URL, init: RequestInit): Promise<Response> {
    const { pathname } = new URL(url);
    const cookie = [...this.cookies.values()]
      .filter(({ path }) => pathname === path || pathname.startsWith(path.endsWith("/") ? path : `${path}/`))
      .map(({ name, value }) => `${name}=${value}`)
      .join("; ");
    const headers = { accept: "text/html,*/*;q=0.8", ...(cookie ? { cookie } : {}) };
    const response = await fetch(url, { ...init, headers, redirect: "manual" });
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    return response;
  }

  #keep(line: string): void {
    const [pair = "", ...attributes] = line.split(/; */);
    const [name = "", value = ""] = pair.split("=");
    const path = attributes.find((attribute) => /^path=/i.test(attribute))?.slice(5) ?? "/";
    if (value) this.cookies.set(`${name} ${path}`, { name, value, path });
    else this.cookies.delete(`${name} ${path}`);
  }
}
