import type { Finding } from "./search";

interface VerdictProps {
  findings: Finding[];
  withDecoy: boolean;
}

/** The outcome of a search in a sentence that begins with the number found. */
export function Verdict({ findings, withDecoy }: VerdictProps) {
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
