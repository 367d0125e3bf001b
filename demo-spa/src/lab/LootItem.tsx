import type { Loot, Use } from "../../servers/lab/loot.ts";

/** One token in the attacker's hands. */
export function LootItem({ loot: { place, kind, tail, length, uses } }: { loot: Loot }) {
  return (
    <li data-testid="lab-token" data-worked={uses.some(({ worked }) => worked)}>
      <p className="loot-token">
        <strong>{NAMES[kind]}</strong> ending in <code>{tail}</code>
      </p>
      <p className="loot-place">
        {place}, {length.toLocaleString()} characters
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
  other: "Text",
  end: "",
};

function sentence({ what, status, worked, as }: Use): string {
  if (status === 0) return `at ${what}, which did not respond`;
  const gain = worked && (as ? `, as ${as}` : ", with new tokens");
  return `at ${what}: ${status}${gain || ""}`;
}
