import { Passage } from "./art/Passage";
import { useSignIn } from "./session/useSignIn";

/** What this is and what signing in will do, for who is not signed in. */
export function Welcome() {
  const signIn = useSignIn();
  return (
    <>
      <section className="hero">
        <div className="hero-inner">
          <div className="hero-words">
            <h1>Your tokens never enter this page.</h1>
            <p>
              Strongroom signs you in from inside a service worker and keeps every token there. This page
              sends ordinary requests, and the worker adds the token on their way to the API. Script injected
              into this page finds no token to steal, because none is here.
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
        <h2 id="steps-title">What will happen</h2>
        <ol>
          <li>
            <h3>You leave for the sign-in page</h3>
            <p>
              Your password goes to the authorization server alone. This page sees neither it nor the form.
            </p>
          </li>
          <li>
            <h3>The worker takes the answer</h3>
            <p>
              You come back with a code that works once. The worker trades it for tokens before any page
              loads.
            </p>
          </li>
          <li>
            <h3>You are back here, signed in</h3>
            <p>
              The page is told who you are and until when. You get notes to try, and a search for the tokens.
            </p>
          </li>
        </ol>
      </section>
    </>
  );
}
