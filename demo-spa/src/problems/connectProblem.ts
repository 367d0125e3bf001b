import type { VaultError } from "strongroom";
import type { Problem } from "./problem";

/** Why the page could not connect to the vault's worker, and what to do. */
export function connectProblem({ code, message }: VaultError): Problem {
  if (code === "service_worker_unavailable") {
    return {
      sentence: "This window has no service workers, which the vault needs.",
      remedy: "Open the page over https or on localhost, in an ordinary window of a current browser.",
    };
  }
  // The other codes are for whoever runs the site; the vault's own sentence names what to correct.
  return { sentence: message, remedy: "When this is fixed on the server, try again." };
}
