import { type ReactNode, useId } from "react";

interface PanelProps {
  title: string;
  /** One or two sentences saying what the panel shows. */
  lead: ReactNode;
  className?: string;
  children: ReactNode;
}

/** One box of the desk. */
export function Panel({ title, lead, className = "", children }: PanelProps) {
  const heading = useId();
  return (
    <section className={`panel ${className}`} aria-labelledby={heading}>
      <h2 id={heading}>{title}</h2>
      <p className="panel-lead">{lead}</p>
      {children}
    </section>
  );
}

/** Names and values, one pair a line. */
export function Facts({ children }: { children: ReactNode }) {
  return <dl className="facts">{children}</dl>;
}

interface RowProps {
  name: ReactNode;
  testId?: string;
  /** An explanation of the value. */
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

interface TimeProps {
  at: number | string;
  /** `clock`: the time of day to the second, for what happens now or soon. Default: the date to the minute. */
  precision?: keyof typeof FORMATS;
}

/** A time in the reader's time zone and language, with the full value for machines. */
export function Time({ at, precision = "minute" }: TimeProps) {
  const date = new Date(at);
  return (
    <time className={precision} dateTime={date.toISOString()}>
      {FORMATS[precision].format(date)}
    </time>
  );
}

const FORMATS = {
  minute: new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" }),
  second: new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" }),
  clock: new Intl.DateTimeFormat(undefined, { timeStyle: "medium" }),
};
