import { Fragment } from "react";
import { SignedIn, useSession } from "strongroom/react";
import { Recovering } from "./Notice";
import { Notes } from "./notes/Notes";
import { TokenSearch } from "./search/TokenSearch";
import { useSessionLog } from "./session/SessionLog";
import { SessionPanel } from "./session/SessionPanel";
import { ApiSaw, WhoAmI } from "./WhoAmI";

/**
 * What a signed-in user sees. The session panel is shown as soon as the log has an entry. It stays the same element when the
 * status changes, so that screen readers announce new entries and the keyboard focus stays in it.
 */
export function Desk() {
  const { status, user } = useSession();
  const { entries } = useSessionLog();
  return (
    <div className="desk" data-session={status}>
      <SignedIn>
        {/* Another tab may sign another user in: the key removes everything of the first user. */}
        <Fragment key={user?.sub}>
          <h1 className="desk-title">
            Signed in as <span className="desk-user">{user?.email ?? user?.sub}</span>
          </h1>
          <div className="desk-column">
            <Notes />
            <WhoAmI />
          </div>
          <ApiSaw />
        </Fragment>
      </SignedIn>
      {status === "recovering" && <Recovering />}
      {entries.length > 0 && <SessionPanel />}
      <SignedIn>
        <TokenSearch />
      </SignedIn>
    </div>
  );
}
