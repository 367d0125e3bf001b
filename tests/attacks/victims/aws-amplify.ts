import { Amplify } from "aws-amplify";
import { fetchAuthSession, signInWithRedirect } from "aws-amplify/auth";
import { cognitoUserPoolsTokenProvider } from "aws-amplify/auth/cognito";
import "aws-amplify/auth/enable-oauth-listener";
import { sessionStorage as perTab } from "aws-amplify/utils";
import { startApp } from "./app.js";

await startApp(async (facts) => {
  Amplify.configure({
    Auth: {
      Cognito: {
        userPoolId: facts.issuer.split("/").at(-1) ?? "",
        userPoolClientId: facts.clientId,
        loginWith: {
          oauth: {
            domain: new URL(facts.front).host,
            scopes: facts.scope.split(" "),
            redirectSignIn: [facts.redirectUri],
            redirectSignOut: [`${location.origin}/`],
            responseType: "code",
          },
        },
      },
    },
  });
  cognitoUserPoolsTokenProvider.setKeyValueStorage(perTab);
  const { tokens } = await fetchAuthSession();
  return {
    signedIn: tokens !== undefined,
    signIn: () => signInWithRedirect(),
    async fetch(url) {
      const { tokens } = await fetchAuthSession();
      return await fetch(url, { headers: { authorization: `Bearer ${tokens?.accessToken}` } });
    },
  };
});
