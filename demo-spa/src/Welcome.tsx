import { Passage } from "./art/Passage";
import { useSignIn } from "./session/useSignIn";

/** Explains the demo and the sign-in to signed-out users. */
export function Welcome() {
  const signIn = useSignIn();
  return (
    <>
      <section className="hero">
        <div className="hero-inner">
          <div className="hero-words">
            <h1>Your tokens never enter this page.</h1>
            <p>
              Strongroom signs you in from a service worker and keeps the tokens there. This page sends
              ordinary requests, and the worker adds the token on the way to the API. A script injected into
              this page finds no token to steal.
            </p>
            <button
              type="button"
              className="button button-brass button-large"
              data-testid="sign-in"
              onClick={signIn}
            >
              Sign in
            </button>
          </div>
          <Passage />
        </div>
      </section>
      <section className="steps" aria-labelledby="steps-title">
        <h2 id="steps-title">How sign-in works</h2>
        <ol>
          <li>
            <h3>You go to the login page</h3>
            <p>
              Only the authorization server gets your password. This page sees neither the password nor the
              form.
            </p>
          </li>
          <li>
            <h3>The worker handles the callback</h3>
            <p>You return with a one-time code. The worker exchanges it for tokens before any page loads.</p>
          </li>
          <li>
            <h3>You are signed in</h3>
            <p>
              The page learns who you are and when the token expires. Try the notes, and search the page for
              tokens.
            </p>
          </li>
        </ol>
      </section>
    </>
  );
}
