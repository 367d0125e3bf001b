import type { Answer } from "./answer";
import { frameOptions } from "./fields";
import { isNone, namesItsHosts } from "./sources";

/**
 * Who may show a response in a frame. `X-Frame-Options` applies only if no policy has `frame-ancestors` (CSP Level 3, section 6.4.2).
 * `'self'` and `SAMEORIGIN` do not stop pages of the same origin: that is `some`.
 */
export function framers({ policies, headers }: Answer): "nobody" | "some" | "anybody" {
  if (policies.say("frame-ancestors")) {
    if (policies.forbid("frame-ancestors", isNone)) return "nobody";
    return policies.forbid("frame-ancestors", namesItsHosts) ? "some" : "anybody";
  }
  switch (frameOptions(headers)) {
    case "deny":
      return "nobody";
    case "sameorigin":
      return "some";
    default:
      return "anybody";
  }
}

/** The relevant header, for messages. */
export function describeFramers({ policies, headers }: Answer): string | null {
  return policies.describe("frame-ancestors") ?? headers.get("x-frame-options");
}
