import { Suspense, use } from "react";
import { VaultProvider } from "strongroom/react";
import { Closed } from "../Closed";
import { ProblemProvider } from "../problems/ProblemProvider";
import { problemOf } from "../problems/problem";
import { type Arrival, arrive } from "./arrival";
import { LabMasthead } from "./LabMasthead";
import { NaiveLab } from "./NaiveLab";
import { VaultLab } from "./VaultLab";
import "../styles/lab.css";

/** The lab's page, in either of its two apps. */
export default function LabApp() {
  return (
    <Suspense fallback={<Note>Loading the lab…</Note>}>
      <Site arrival={use(arrived)} />
    </Suspense>
  );
}

/** Once, however often React renders: an authorization response is good for one exchange. */
const arrived = arrive();

function Site({ arrival }: { arrival: Arrival }) {
  if (arrival.problem !== undefined && !arrival.sites) {
    const { sentence, remedy } = problemOf(arrival.problem, "open the lab");
    return (
      <Note>
        {sentence} {remedy}
      </Note>
    );
  }
  if (!arrival.sites) return <Note>This site has no lab. Run “npm start” for a demo that has one.</Note>;
  const { sites } = arrival;
  return (
    <ProblemProvider>
      {location.origin === new URL(sites.vault).origin ? (
        <VaultProvider
          worker="/vault-worker.js"
          fallback={<Note>Starting the vault…</Note>}
          errorFallback={(error) => <Closed error={error} />}
        >
          <VaultLab sites={sites} />
        </VaultProvider>
      ) : (
        <NaiveLab sites={sites} problem={arrival.problem} />
      )}
    </ProblemProvider>
  );
}

function Note({ children }: { children: React.ReactNode }) {
  return (
    <>
      <LabMasthead home="/" />
      <main id="content" className="notice" tabIndex={-1}>
        <p role="status" className="notice-lead">
          {children}
        </p>
      </main>
    </>
  );
}
