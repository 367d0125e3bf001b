/** Something that arrived at the attacker's server, as it is shown: never a token itself. */
export interface Loot {
  /** Counts from 1 within a run. */
  number: number;
  /** Where the payload says that it was. */
  place: string;
  /** `end`: the payload has nothing more to send for now. */
  kind: "access" | "id" | "refresh" | "other" | "end";
  /** The last characters of a token; `null` for anything else. */
  tail: string | null;
  /** Characters that arrived. */
  length: number;
  /** What the attacker's server could do with it. */
  uses: Use[];
}

/** One thing the attacker's server tried with a token, from outside the browser. */
export interface Use {
  what: "the API" | "the token endpoint" | "the API, with the new access token";
  /** 0 if there was no answer. */
  status: number;
  /** The token was good for it. */
  worked: boolean;
  /** Whose data came back. */
  as?: string;
}
