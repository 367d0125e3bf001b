/** The app that is attacked, in the way of keeping tokens that was chosen. */
export interface Victim {
  /** `null` while that is not known yet. */
  signedIn: boolean | null;
  /** Who is signed in, once known. */
  user: string | null;
  signIn(): Promise<void>;
  signOut(): Promise<void>;
  /** An ordinary request of the app to its API. */
  work(): Promise<void>;
}
