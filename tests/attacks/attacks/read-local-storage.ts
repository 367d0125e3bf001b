import { attack } from "../attack.js";

export default attack({
  name: "read localStorage",
  threat: "single-execution theft",
  target: "any",
  payload: (it) => it.steal(...Object.values(localStorage)),
});
