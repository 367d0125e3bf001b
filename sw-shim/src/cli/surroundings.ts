import type { System } from "../check-headers/network";

/** What the command line touches of the world; tests bring their own. */
export interface Surroundings {
  /** The folder it was called in. */
  cwd: string;
  /** The worker file of this package. */
  workerFile: string;
  /** What was asked for: results alone, so that they can be piped. */
  out(text: string): void;
  /** What is said besides: what is being done, what is wrong. */
  say(text: string): void;
  /** Puts a question to the person at the terminal. Not there without one: then nothing is asked. */
  ask?: (question: string) => Promise<string>;
  /** The network. Default: that of the operating system. */
  system?: System;
}
