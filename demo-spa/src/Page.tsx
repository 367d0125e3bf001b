import { SignedOut } from "strongroom/react";
import { Desk } from "./Desk";
import { LabLink } from "./lab/LabLink";
import { Masthead } from "./Masthead";
import { ProblemRegion } from "./problems/ProblemRegion";
import { SessionControls } from "./session/SessionControls";
import { useSessionProblem } from "./session/useSessionProblem";
import { useSignIn } from "./session/useSignIn";
import { Welcome } from "./Welcome";

/** The page once the vault is connected. It depends only on the session. */
export function Page() {
  useSessionProblem();
  const signIn = useSignIn();
  return (
    <>
      <Masthead>
        <LabLink />
        <SessionControls />
      </Masthead>
      <ProblemRegion signIn={signIn} />
      <main id="content" tabIndex={-1}>
        <SignedOut>
          <Welcome />
        </SignedOut>
        <Desk />
      </main>
    </>
  );
}
