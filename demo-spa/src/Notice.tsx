import type { VaultError } from "strongroom";
import { Masthead } from "./Masthead";
import { connectProblem } from "./problems/problem";

/** Shown until the service worker has taken control of the page. */
export function Opening() {
  return (
    <>
      <Masthead />
      <main id="content" className="notice" tabIndex={-1}>
        <p role="status" className="notice-lead">
          Starting the vault…
        </p>
        <p>The service worker that holds your session is starting.</p>
      </main>
    </>
  );
}

/** Shown when `connect()` fails: there is no less safe way to sign in. */
export function Closed({ error }: { error: VaultError }) {
  const { sentence, remedy } = connectProblem(error);
  return (
    <>
      <Masthead />
      <main id="content" className="notice" tabIndex={-1}>
        <h1>The vault could not start</h1>
        <div role="alert" data-testid="error" className="problems">
          <p>
            <strong>{sentence}</strong> {remedy}
          </p>
        </div>
        <p>
          <button type="button" className="button button-brass" onClick={() => location.reload()}>
            Try again
          </button>
        </p>
        <p className="aside">
          Nothing was stored in this page. Error code: <code>{error.code}</code>
        </p>
      </main>
    </>
  );
}

/** The worker has lost the session and recovers it from the authorization server. */
export function Recovering() {
  return (
    <section className="notice">
      <h1>Recovering your session</h1>
      <p>
        The browser stopped the worker that held your session. The worker is now recovering it, and API
        requests wait until it has.
      </p>
    </section>
  );
}
