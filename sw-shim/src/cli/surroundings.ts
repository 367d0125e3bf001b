import type { System } from "../checks/network";

/** What the command line needs from its environment. Tests replace it. */
export interface Surroundings {
  /** The current folder. */
  cwd: string;
  /** The worker file of this package. */
  workerFile: string;
  /** Writes results to standard output, so that they can be piped. */
  out(text: string): void;
  /** Writes progress and errors to standard error. */
  say(text: string): void;
  /** Asks the user. Absent if there is no terminal. */
  ask?: (question: string) => Promise<string>;
  /** The network. Default: that of the operating system. */
  system?: System;
}
