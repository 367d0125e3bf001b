import { Panel } from "../Panel";
import { useAttempt } from "../problems/useAttempt";
import type { Victim } from "./victim";
import { WAYS, type Way, type WayId } from "./ways";

interface WayPickerProps {
  way: Way;
  onWay(way: WayId): void;
  victim: Victim;
}

/** The ways as radio buttons, and the session of the one that is chosen. */
export function WayPicker({ way, onWay, victim }: WayPickerProps) {
  return (
    <Panel
      title="1. Where does the app store its tokens?"
      lead="Each choice needs a new sign-in and deletes the tokens of the one before."
    >
      <fieldset className="ways">
        <legend className="visually-hidden">Token storage</legend>
        {WAYS.map(({ id, name, keeps }) => (
          <label key={id} className="way">
            <input
              type="radio"
              name="way"
              value={id}
              checked={id === way.id}
              onChange={() => onWay(id)}
              data-testid={`lab-way-${id}`}
            />
            <span className="way-name">{name}</span>
            <span className="way-keeps">{keeps}</span>
          </label>
        ))}
      </fieldset>
      <Session victim={victim} />
    </Panel>
  );
}

function Session({ victim: { signedIn, user, signIn, signOut } }: { victim: Victim }) {
  const attempt = useAttempt("lab");
  return (
    <div className="lab-session" aria-live="polite">
      {signedIn === null && <p>Checking who is signed in…</p>}
      {signedIn === false && (
        <button
          type="button"
          className="button button-brass"
          data-testid="lab-sign-in"
          onClick={() => attempt("sign in", signIn)}
        >
          Sign in
        </button>
      )}
      {signedIn && (
        <>
          <p data-testid="lab-signed-in">
            Signed in as <strong>{user}</strong>.
          </p>
          <button
            type="button"
            className="button button-quiet"
            data-testid="lab-sign-out"
            onClick={() => attempt("sign out", signOut)}
          >
            Sign out
          </button>
        </>
      )}
    </div>
  );
}
