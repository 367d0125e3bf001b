import { Fragment, useEffect, useState } from "react";
import type { Use } from "../../../tests/attacks/secrets";
import type { Loot } from "../../servers/lab/loot.ts";
import { Panel } from "../Panel";
import { useProblemActions } from "../problems/Problems";
import { type Summary, summaryOf } from "./summary";
import type { Way } from "./ways";

interface ArrivedProps {
  /** The origin of the attacker's server. */
  server: string;
  run: string | null;
  way: Way;
}

/** The attacker's server: what arrived, and what it could do with it. */
export function Arrived({ server, run, way }: ArrivedProps) {
  const loot = useLoot(run && `${server}/runs/${run}`);
  const { tokens, attacks, finished, verdict } = summaryOf(loot);
  return (
    <Panel
      title="3. At the attacker’s server"
      className="arrived"
      lead={
        <>
          What <code>{new URL(server).host}</code> receives, and what its owner can do with it. Only the last
          characters of tokens are shown.
        </>
      }
    >
      {run === null && <p className="empty">Nothing yet. Inject the script first.</p>}
      <div aria-live="polite">
        {run !== null && (
          <p
            className="verdict"
            data-testid={finished ? "lab-verdict" : undefined}
            data-found={tokens.some(works)}
          >
            <strong className="verdict-count">{verdict.count}</strong>
            <span>{verdict.sentence}</span>
          </p>
        )}
      </div>
      {tokens.length > 0 && (
        <ul className="loot">
          {tokens.map((each) => (
            <LootItem key={each.number} loot={each} />
          ))}
        </ul>
      )}
      {attacks.length > 0 && (
        <>
          <h3>What each attack got</h3>
          <ul className="attacks" data-testid="lab-attacks">
            {attacks.map((each) => (
              <PlayedItem key={each.attack} {...each} />
            ))}
          </ul>
        </>
      )}
      {finished && (
        <section className="lesson" data-testid="lab-lesson">
          <h3>What happened</h3>
          <p>{way.theft}</p>
          <p>{way.consequence}</p>
        </section>
      )}
      <p className="aside">
        The repository’s attack lab plays many more attacks on each app, among them sign-ins of the attacker’s
        own in frames, popups and tabs.
      </p>
    </Panel>
  );
}

/** One attack and what it got, tokens of earlier attacks included. */
function PlayedItem({ attack, found, problem, texts }: Summary["attacks"][number]) {
  return (
    <li data-found={found > 0}>
      The script {attack}: {found > 0 && <strong>{found === 1 ? "1 secret" : `${found} secrets`} </strong>}
      {texts.map(({ number, excerpt }) => (
        <Fragment key={number}>
          <code>{excerpt}</code>
          {excerpt.startsWith("…") && " (no token)"}{" "}
        </Fragment>
      ))}
      {found === 0 && texts.length === 0 && "nothing"}
      {problem !== undefined && ` (stopped early: ${problem})`}
    </li>
  );
}

function works({ uses }: { uses: { worked: boolean }[] }): boolean {
  return uses.some(({ worked }) => worked);
}

/** One token in the attacker's hands. */
function LootItem({ loot: { attack, kind, excerpt, length, uses } }: { loot: Loot }) {
  return (
    <li data-testid="lab-token" data-worked={uses.some(({ worked }) => worked)}>
      <p className="loot-token">
        <strong>{NAMES[kind]}</strong> ending in <code>{excerpt}</code>
      </p>
      <p className="loot-place">
        The script {attack}. {length.toLocaleString()} characters
      </p>
      <ul className="uses">
        {uses.map((use) => (
          <li key={use.what} data-worked={use.worked}>
            <span className="use-outcome">{use.worked ? "Works" : "Refused"}</span> {sentence(use)}
          </li>
        ))}
      </ul>
    </li>
  );
}

const NAMES: Record<Loot["kind"], string> = {
  access: "Access token",
  id: "ID token",
  refresh: "Refresh token",
  code: "Authorization code",
  other: "Text",
  end: "",
};

function sentence({ what, status, worked, as }: Use): string {
  if (status === 0) return `at ${what}, which did not respond`;
  const gain = worked && (as ? `, as ${as}` : ", with new tokens");
  return `at ${what}: ${status}${gain || ""}`;
}

/** What has arrived in the run at `url`, as it arrives. */
function useLoot(url: string | null): readonly Loot[] {
  const [loot, setLoot] = useState<readonly Loot[]>([]);
  const { report, clear } = useProblemActions();

  useEffect(() => {
    setLoot([]);
    if (url === null) return;
    const source = new EventSource(url);
    source.onopen = () => clear("lab-attacker");
    source.onmessage = ({ data }) => {
      const next = JSON.parse(data) as Loot;
      // After a reconnect the server starts from the beginning.
      setLoot((before) => [...before.filter(({ number }) => number !== next.number), next]);
    };
    source.onerror = () =>
      report("lab-attacker", {
        sentence: `The attacker’s server at ${new URL(url).host} does not respond.`,
        remedy: "Check that the demo is still running.",
      });
    return () => source.close();
  }, [url, report, clear]);

  return loot;
}
