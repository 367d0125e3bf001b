import { reasonOf } from "../reason";

/** An answer, its redirect not followed. */
export interface Answer {
  url: URL;
  status: number;
  headers: Headers;
  body: string;
}

/** How long anybody may take to answer, in milliseconds. */
const PATIENCE = 20_000;

/** The answer, or why there is none. */
export async function ask(url: string | URL, init: RequestInit = {}): Promise<Answer | Error> {
  try {
    const response = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(PATIENCE), ...init });
    return {
      url: new URL(url),
      status: response.status,
      headers: response.headers,
      body: await response.text(),
    };
  } catch (error) {
    return new Error(reasonOf(error));
  }
}

/** Whether a page of `origin` may read the answer. The worker sends no cookies, so `*` is fine. */
export function isReadableBy(origin: string, { headers }: Answer): boolean {
  return ["*", origin].includes(headers.get("access-control-allow-origin") ?? "");
}
