import { playVisit } from "./visit.js";

await playVisit({ open: async () => ({ signedIn: true }) });
