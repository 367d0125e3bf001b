import type { FindingCode, Report } from "../../checks/findings";
import { LocalAddressError, type Network, type Received, type Sent } from "../../checks/network";

/** Sends the doctor's requests, and reports what cannot be reached. */
export class Requests {
  readonly #local = new Set<string>();

  constructor(
    private readonly network: Network,
    private readonly report: Report,
  ) {}

  /** The response, or why there is none. */
  async ask(url: string | URL, sent: Sent = {}): Promise<Received | Error> {
    try {
      return await this.network.send(new URL(url), sent);
    } catch (error) {
      const { cause, message, code } = error as Error & { code?: string };
      // A refused connection has a code and no message.
      return error instanceof LocalAddressError
        ? error
        : new Error((cause instanceof Error && cause.message) || message || code);
    }
  }

  /** Reports that there was no response: with `code`, unless no request was sent because the address is local. */
  lacks(code: FindingCode, url: string | URL, error: Error): void {
    if (!(error instanceof LocalAddressError)) {
      this.report.find(code, url, error.message);
    } else if (!this.#local.has(error.origin)) {
      this.#local.add(error.origin);
      this.report.find("local_address_refused", error.origin, error.message);
    }
  }
}

/** Whether a page of `origin` may read the response. The worker sends no cookies, so `*` is fine. */
export function isReadableBy(origin: string, { headers }: Received): boolean {
  return ["*", origin].includes(headers.get("access-control-allow-origin") ?? "");
}

/** A response in a few words. `Allow` and the type show a static host that answers in place of the server. */
export function summaryOf({ status, headers }: Received): string {
  const [type, allow] = [headers.get("content-type"), headers.get("allow")];
  return [status, ...(type ? [type] : []), ...(allow ? [`Allow: ${allow}`] : [])].join(", ");
}
