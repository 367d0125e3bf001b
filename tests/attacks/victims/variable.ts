import { startCodeFlowApp } from "./code-flow.js";

let accessToken: string | null = null;

await startCodeFlowApp({
  load: async () => accessToken,
  async save({ access_token }) {
    accessToken = access_token;
  },
});
