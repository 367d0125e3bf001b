import { useMode } from "./mode";
import { useSignIn } from "./session/SessionControls";

/** Explains the demo and the sign-in to signed-out users. */
export function Welcome() {
  const signIn = useSignIn();
  const { idea, callback } = useMode();
  return (
    <>
      <section className="hero">
        <div className="hero-inner">
          <div className="hero-words">
            <h1>Your tokens never enter this page.</h1>
            <p>{idea}</p>
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
            <h3>{callback.title}</h3>
            <p>{callback.text}</p>
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

/** The idea in one picture: a request enters the vault without a token and reaches the API with one. */
function Passage() {
  return (
    <svg className="passage" viewBox="0 0 480 226" role="img" aria-labelledby="passage-title">
      <title id="passage-title">
        A request leaves the page without a token, passes through the vault, and reaches the API with a bearer
        token.
      </title>
      <text className="passage-side" x="2" y="58">
        This page
      </text>
      <text className="passage-side passage-side-end" x="478" y="58">
        The API
      </text>
      <g className="passage-slip">
        <rect x="2" y="74" width="170" height="78" rx="4" />
        <text x="16" y="105">
          GET /notes
        </text>
        <path d="M18 130h34" />
      </g>
      <g className="passage-slip">
        <rect x="308" y="74" width="170" height="78" rx="4" />
        <text x="366" y="105">
          GET /notes
        </text>
        <rect className="passage-stamp" x="366" y="117" width="98" height="24" rx="3" />
        <text className="passage-stamp-text" x="415" y="134">
          Bearer •••
        </text>
      </g>
      <circle className="passage-frame" cx="240" cy="113" r="110" />
      <g className="passage-bolts">
        {BOLTS.map((angle) => (
          <rect
            key={angle}
            x="233"
            y="8"
            width="14"
            height="22"
            rx="3"
            transform={`rotate(${angle} 240 113)`}
          />
        ))}
      </g>
      <circle className="passage-leaf" cx="240" cy="113" r="91" />
      <circle className="passage-dial" cx="240" cy="113" r="66" />
      <g className="passage-wheel">
        <circle cx="240" cy="113" r="36" />
        {SPOKES.map((angle) => (
          <g key={angle} transform={`rotate(${angle} 240 113)`}>
            <path d="M240 113V62" />
            <circle className="passage-knob" cx="240" cy="60" r="6" />
          </g>
        ))}
        <circle className="passage-knob" cx="240" cy="113" r="12" />
      </g>
    </svg>
  );
}

const BOLTS = [0, 45, 90, 135, 180, 225, 270, 315];
const SPOKES = [0, 72, 144, 216, 288];
