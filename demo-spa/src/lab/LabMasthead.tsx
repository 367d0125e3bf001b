import { Masthead } from "../Masthead";

/** The lab's bar, with the way back. */
export function LabMasthead({ home }: { home: string }) {
  return (
    <Masthead>
      <a className="masthead-link" href={home} data-testid="lab-back">
        Back to the demo
      </a>
    </Masthead>
  );
}
