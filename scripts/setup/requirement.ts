/** Something that has to be on the machine before a script can do its work. */
export interface Requirement {
  /** As people call it: `wasm-pack 0.15.1`. */
  name: string;
  /** Whether the right version is there. Quick, and without side effects: it runs at every start. */
  isHere(): boolean | Promise<boolean>;
  /** Puts it there, or throws a `Problem` that says how the person at the terminal can. */
  install(): Promise<void>;
}
