import type { Answer } from "./answer";
import { frameOptions } from "./fields";
import { isNone, namesItsHosts } from "./sources";

/**
 * Who may show an answer in a frame. `X-Frame-Options` holds only where no policy has `frame-ancestors` (CSP Level 3,
 * section 6.4.2). To a page of the same origin, `'self'` and `SAMEORIGIN` are no obstacle: that is `some`.
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

/** What the answer says of it, for people. */
export function describeFramers({ policies, headers }: Answer): string | null {
  return policies.describe("frame-ancestors") ?? headers.get("x-frame-options");
}
