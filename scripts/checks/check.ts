import type { Options } from "../lib/commands.mjs";

/** One check of `npm test`. `npm test -- <name>` runs it alone. */
export interface Check {
  name: string;
  /** For `--list`. */
  what: string;
  requires: Requirement[];
  /** Names of the checks whose output this one reads. They run first, also if only this one is named. */
  after?: string[];
  /** The only system on which it runs. Default: all. */
  platform?: NodeJS.Platform;
  /** Takes too long for a run of all checks. Runs only if it is named. */
  onlyByName?: boolean;
  /** Uses cargo's target directory, which cargo locks: such checks run one after the other. */
  usesCargo?: boolean;
  /** Files that cannot change its result, by their paths from the root. Default: none. */
  ignores?: RegExp[];
  /** Runs even if no file has changed: its result depends on more, or others need what it makes. */
  everyTime?: boolean;
  /** A failed command, a failed case or a thrown error makes the check fail. Returns the test cases, if it has any. */
  run(job: Job): Promise<Cases | undefined>;
}

/** Test cases, as their runner counted them. */
export interface Cases {
  passed: number;
  failed: number;
  skipped: number;
}

/** What a check can do while it runs. */
export interface Job {
  /** Runs a command from the root. If the command fails, the check fails, but it may continue. */
  run(command: string, args: string[], options?: Options): Promise<{ ok: boolean; output: string }>;
  /** Runs a command that may fail. */
  attempt(command: string, args: string[], options?: Options): Promise<{ ok: boolean; output: string }>;
  /** Makes the check fail. */
  fail(why: string): void;
  /** Adds a line to the summary: a figure worth knowing, or what was left out and why. */
  note(line: string): void;
}

/** The result of a check. */
export interface Result {
  check: Check;
  passed: boolean;
  cases: Cases | undefined;
  notes: string[];
  milliseconds: number;
  /** It was not run, because no file that it depends on has changed since it passed. */
  unchanged?: boolean;
}

/** Something that a script needs on this machine. */
export interface Requirement {
  /** For messages, such as `geckodriver 0.37.1`. */
  name: string;
  /** Whether the right version is there. Quick, and without side effects: it runs at every start. */
  isHere(): boolean | Promise<boolean>;
  /** Installs it, or throws a `Problem` that tells the user how to. */
  install(): Promise<void>;
}
