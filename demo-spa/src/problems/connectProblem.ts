import type { VaultError } from "strongroom";
import type { Problem } from "./problem";

/** Why the page could not connect to the vault's worker, and what to do. */
export function connectProblem({ code, message }: VaultError): Problem {
  if (code === "service_worker_unavailable") {
    return {
      sentence: "This window has no service workers, and the vault lives in one.",
      remedy:
        "Plain http has none, and private windows of old browsers neither. Open the page over https or on localhost, in an ordinary window.",
    };
  }
  // The other codes are for whoever runs the site; the vault's own sentence names what to correct.
  return { sentence: message, remedy: "Once that is put right on the server, try again." };
}
