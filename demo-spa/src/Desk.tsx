import { Fragment } from "react";
import { SignedIn, useSession } from "strongroom/react";
import { Recovering } from "./Notice";
import { Notes } from "./notes/Notes";
import { TokenSearch } from "./search/TokenSearch";
import { useSessionLog } from "./session/SessionLog";
import { SessionPanel } from "./session/SessionPanel";
import { ApiSaw, WhoAmI } from "./WhoAmI";

/**
 * What a signed-in user sees. The session's panel is there whenever there is something to tell, and stays the same
 * element while the status changes around it: so the log is read out, and the keyboard's focus stays in it.
 */
export function Desk() {
  const { status, user } = useSession();
  const { entries } = useSessionLog();
  return (
    <div className="desk" data-session={status}>
      <SignedIn>
        {/* Another tab may sign somebody else in: nothing of the first user may stay on the desk. */}
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
