import { startCodeFlowApp } from "./code-flow.js";

await startCodeFlowApp({
  load: async () => localStorage.getItem("access_token"),
  async save({ access_token, refresh_token }) {
    localStorage.setItem("access_token", access_token);
    localStorage.setItem("refresh_token", refresh_token);
  },
});
