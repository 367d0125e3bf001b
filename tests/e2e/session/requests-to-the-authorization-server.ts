import type { StandIns } from "../../stand-ins/stand-ins.js";

/** Every request that the authorization server got for the session: sign-ins begun, codes exchanged, refreshes. */
export function asked({ authorizationServer }: StandIns) {
  const { authorizationRequests, tokenRequests } = authorizationServer.testing;
  const ofGrant = (grant: string) => tokenRequests.filter(({ grantType }) => grantType === grant).length;
  return {
    authorization: authorizationRequests.length,
    exchange: ofGrant("authorization_code"),
    refresh: ofGrant("refresh_token"),
  };
}
