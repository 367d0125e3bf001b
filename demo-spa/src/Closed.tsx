import type { VaultError } from "strongroom";
import { Masthead } from "./Masthead";
import { connectProblem } from "./problems/connectProblem";

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
