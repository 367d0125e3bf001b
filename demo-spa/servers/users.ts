export * from "../../dev-provider/src/users.js";
