/** What an app that handles tokens itself gets from the token endpoint. */
export interface Tokens {
  access: string;
  refresh: string;
}
