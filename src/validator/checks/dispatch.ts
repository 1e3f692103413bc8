// Check `dispatch`: the operator's rules let such a proposal through, by what the order says and the patch really names.
import { dispatchFault } from "../../core/proposal/dispatch.ts";
import { namedPaths } from "../../core/proposal/diff-model.ts";
import { asFinding, type Check, failedBy } from "./check.ts";

export const dispatchCheck: Check = {
  id: "dispatch",
  tool: "countersign",
  after: ["structure"],
  run(matter) {
    const files = matter.files();
    if (!files.ok) return Promise.resolve({ result: "SKIPPED", findings: [] });
    const { principal, change_type, risk_level } = matter.order;
    // The gateway asked the same question, of whatever it read; an order that came past it was never asked.
    const paths = namedPaths(files.value);
    const fault = dispatchFault(matter.setup.config.dispatch, { principal, change_type, risk_level, paths });
    return Promise.resolve(failedBy(fault === undefined ? [] : [asFinding("dispatch", fault)]));
  },
};
