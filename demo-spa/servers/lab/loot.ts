import type { TokenKind, Use } from "../../../tests/attacks/secrets.ts";

/** Something that reached the attacker's server, as the page shows it, without the token itself. */
export interface Loot {
  /** Counts from 1 within a run. */
  number: number;
  /** The attack that sent it. Completes "The attacker …". */
  attack: string;
  /** `code`: an authorization code. `other`: neither. `end`: the payload has run to its end. */
  kind: TokenKind | "code" | "other" | "end";
  /** The last characters of a secret, or the start of another text. */
  excerpt: string;
  /** Number of characters. */
  length: number;
  /** How the attacker's server used it. */
  uses: Use[];
  /** With `end`: the attacks that ran. */
  played?: PlayedAttack[];
}

/** An attack that the payload has played. */
export interface PlayedAttack {
  attack: string;
  /** How many tokens and codes it sent, including those of earlier attacks. */
  found: number;
  /** Why it did not run to its end. */
  problem?: string;
}
