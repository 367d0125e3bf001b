export * from "../../dev-provider/src/user-pool.js";
