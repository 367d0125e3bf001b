import { VaultProvider } from "strongroom/react";
import { Closed } from "./Closed";
import { Opening } from "./Opening";
import { Page } from "./Page";
import { ProblemProvider } from "./problems/ProblemProvider";
import { SessionLogProvider } from "./session/SessionLogProvider";

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
