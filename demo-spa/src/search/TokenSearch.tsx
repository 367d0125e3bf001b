import { useCallback, useEffect, useState } from "react";
import { Panel } from "../Panel";
import { useAttempt } from "../problems/Problems";
import { decoyToken, type Finding, search } from "./search";

/** Searches for tokens wherever an injected script could. */
export function TokenSearch() {
  const { findings, withDecoy, run, runWithDecoy } = useTokenSearch();
  return (
    <Panel
      title="Where are the tokens?"
      className="token-search"
      lead="This page searches itself for anything shaped like a JWT, as an injected script would."
    >
      <div aria-live="polite">
        {findings ? (
          <Verdict findings={findings} withDecoy={withDecoy} />
        ) : (
          <p className="empty">Searching…</p>
        )}
      </div>
      {findings && <FindingsTable findings={findings} />}
      <div className="panel-actions">
        <button type="button" className="button button-quiet" onClick={run}>
          Search again
        </button>
        <button type="button" className="button button-quiet" onClick={runWithDecoy}>
          Search with a decoy
        </button>
      </div>
      <p className="aside">
        No script can list variables inside closures, so this one does not. An injected script could still
        send requests as you while this page is open, but it could not take the session elsewhere.
      </p>
    </Panel>
  );
}

interface VerdictProps {
  findings: Finding[];
  withDecoy: boolean;
}

/** The outcome of a search in a sentence that begins with the number found. */
function Verdict({ findings, withDecoy }: VerdictProps) {
  const found = findings.flatMap(({ tokens }) => tokens).length;
  const read = findings.reduce((sum, finding) => sum + finding.read, 0);
  return (
    <p className="verdict" data-found={found > 0}>
      <strong className="verdict-count">{found === 0 ? "None" : found}</strong>
      <span>{sentence(found, read, withDecoy)}</span>
    </p>
  );
}

function sentence(found: number, read: number, withDecoy: boolean): string {
  const strings = `${read.toLocaleString()} strings`;
  if (found === 0) return `of ${strings} in this page looks like a token.`;
  if (withDecoy && found === 1) {
    return `of ${strings}: the decoy that this search put into sessionStorage and removed again.`;
  }
  return `of ${strings} look like a token. They are not from the vault: the table says where they are.`;
}

function FindingsTable({ findings }: { findings: Finding[] }) {
  return (
    <table className="findings">
      <thead>
        <tr>
          <th scope="col">Place</th>
          <th scope="col">Strings read</th>
          <th scope="col">Tokens</th>
        </tr>
      </thead>
      <tbody>
        {findings.map((finding) => (
          <tr key={finding.place} data-found={finding.tokens.length > 0}>
            <th scope="row">{finding.place}</th>
            <td>{finding.read.toLocaleString()}</td>
            <td>{outcome(finding)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function outcome({ tokens, unreadable }: Finding): string {
  if (tokens.length > 0) return tokens.join(", ");
  return unreadable ? `cannot be read (${unreadable})` : "none";
}

interface SearchState {
  /** `null` until the first search is done. */
  findings: Finding[] | null;
  /** The findings are of a search with a decoy to find. */
  withDecoy: boolean;
  run(): void;
  /** Puts a worthless token into sessionStorage, searches, and takes it out: a search that never finds proves nothing. */
  runWithDecoy(): void;
}

function useTokenSearch(): SearchState {
  const [findings, setFindings] = useState<Finding[] | null>(null);
  const [withDecoy, setWithDecoy] = useState(false);
  const attempt = useAttempt("token-search");

  const run = useCallback(() => {
    attempt("search this page", async () => {
      setFindings(await search());
      setWithDecoy(false);
    });
  }, [attempt]);

  const runWithDecoy = () => {
    attempt("try the search out", async () => {
      sessionStorage.setItem(DECOY_KEY, decoyToken());
      try {
        setFindings(await search());
        setWithDecoy(true);
      } finally {
        sessionStorage.removeItem(DECOY_KEY);
      }
    });
  };

  useEffect(run, [run]);
  return { findings, withDecoy, run, runWithDecoy };
}

const DECOY_KEY = "strongroom-demo-decoy";
