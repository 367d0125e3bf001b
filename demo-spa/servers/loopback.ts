export * from "../../dev-provider/src/loopback.js";
