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
