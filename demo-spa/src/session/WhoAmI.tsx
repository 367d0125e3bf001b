import { useSession } from "strongroom/react";
import { Facts } from "../Facts";
import { Panel } from "../Panel";

/** The claims of the ID token that the worker's configuration lets a page see. */
export function WhoAmI() {
  const { user } = useSession();
  return (
    <Panel
      title="Who am I"
      lead="The ID-token claims that the worker passes to this page. The ID token stays in the worker."
    >
      <div data-testid="claims">
        <Facts>
          {Object.entries(user ?? {}).map(([claim, value]) => (
            <Facts.Row key={claim} name={<code>{claim}</code>} testId={`claim-${claim}`}>
              {inWords(value)}
            </Facts.Row>
          ))}
        </Facts>
      </div>
    </Panel>
  );
}

function inWords(value: unknown): string {
  if (Array.isArray(value)) return value.map(String).join(", ") || "none";
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
