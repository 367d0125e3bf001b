import type { TokenKind, Use } from "../../../tests/attacks/secrets.ts";

/** Something that reached the attacker's server, as the page shows it: never a token itself. */
export interface Loot {
  /** Counts from 1 within a run. */
  number: number;
  /** The attack that sent it. Completes "The attacker …". */
  attack: string;
  /** `other`: no token. `end`: the payload has run to its end. */
  kind: TokenKind | "other" | "end";
  /** The last characters of a secret, or the start of another text. */
  excerpt: string;
  /** Number of characters. */
  length: number;
  /** How the attacker's server used it. */
  uses: Use[];
}
