import type { ReactNode } from "react";

/** Names and values, one pair a line. */
export function Facts({ children }: { children: ReactNode }) {
  return <dl className="facts">{children}</dl>;
}

interface RowProps {
  name: ReactNode;
  testId?: string;
  /** A sentence on the value, where it does not speak for itself. */
  note?: string;
  children: ReactNode;
}

function Row({ name, testId, note, children }: RowProps) {
  return (
    <div className="fact">
      <dt>{name}</dt>
      <dd data-testid={testId}>{children}</dd>
      {note && <dd className="fact-note">{note}</dd>}
    </div>
  );
}

Facts.Row = Row;
