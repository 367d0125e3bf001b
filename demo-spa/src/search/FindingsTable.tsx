import type { Finding } from "./search";

export function FindingsTable({ findings }: { findings: Finding[] }) {
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
