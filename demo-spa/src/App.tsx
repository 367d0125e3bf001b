import { use } from "react";
import { SignedOut, VaultProvider } from "strongroom/react";
import { config } from "./config";
import { Desk } from "./Desk";
import { Masthead } from "./Masthead";
import { Closed, Opening } from "./Notice";
import { ProblemProvider, ProblemRegion } from "./problems/Problems";
import { SessionControls, useSessionProblem, useSignIn } from "./session/SessionControls";
import { SessionLogProvider } from "./session/SessionLog";
import { Welcome } from "./Welcome";

export function App() {
  return (
    <VaultProvider
      worker="/vault-worker.js"
      fallback={<Opening />}
      errorFallback={(error) => <Closed error={error} />}
    >
      <ProblemProvider>
        <SessionLogProvider>
          <Page />
        </SessionLogProvider>
      </ProblemProvider>
    </VaultProvider>
  );
}

/** The page once the vault is connected. It depends only on the session. */
function Page() {
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

/** Link to the lab, if /config.json names one. */
function LabLink() {
  return (
    use(hasLab) && (
      <a className="masthead-link" href="/lab" data-testid="lab-link">
        Attack lab
      </a>
    )
  );
}

const hasLab = config().then(
  ({ lab }) => lab !== null,
  // Ignore: other components report it.
  () => false,
);
