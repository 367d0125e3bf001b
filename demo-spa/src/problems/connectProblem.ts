import type { VaultError } from "strongroom";
import type { Problem } from "./problem";

/** Why the page could not connect to the vault's worker, and what to do. */
export function connectProblem({ code, message }: VaultError): Problem {
  if (code === "service_worker_unavailable") {
    return {
      sentence: "This window has no service workers, and the vault lives in one.",
      remedy:
        "Private windows of some browsers switch them off, and so does plain http. Open the page in an ordinary window, over https or on localhost.",
    };
  }
  // The other codes are for whoever runs the site; the vault's own sentence names what to correct.
  return { sentence: message, remedy: "Once that is put right on the server, try again." };
}
