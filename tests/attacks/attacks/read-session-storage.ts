import { attack } from "../attack.js";

export default attack({
  name: "reads sessionStorage",
  threat: "single-execution theft",
  target: "any",
  payload: (it) => it.steal(...Object.values(sessionStorage)),
});
