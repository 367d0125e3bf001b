import { attack } from "../attack.js";

export default attack({
  name: "reads cookies",
  threat: "single-execution theft",
  target: "any",
  payload: (it) => it.steal(document.cookie),
});
