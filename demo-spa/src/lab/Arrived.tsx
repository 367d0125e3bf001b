import { Panel } from "../Panel";
import { LootItem } from "./LootItem";
import { summaryOf } from "./summary";
import { useLoot } from "./useLoot";
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
  const { tokens, others, finished, verdict } = summaryOf(loot);
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
      {others.length > 0 && (
        <>
          <h3>What else arrived</h3>
          <ul className="loot-others">
            {others.map(({ place, count }) => (
              <li key={place}>
                {place}
                {count > 1 && ` (${count} texts)`}
              </li>
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
        This payload does not try to get new tokens with a sign-in of its own. The repository’s attack lab
        tries that and much more.
      </p>
    </Panel>
  );
}

function works({ uses }: { uses: { worked: boolean }[] }): boolean {
  return uses.some(({ worked }) => worked);
}
