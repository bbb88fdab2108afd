import Features
import Fuzz
import Kernel
import NumberPlan

// A number plan as a file: read or refused with findings that have a place; one that is read can be compared and dispatched
// (PLAN-1, PLAN-2).
let modules = BuiltIn.modules.map(\.descriptor)

fuzz { octets in
  let result = PlanFile.parse(octets, name: "plan.xml", modules: modules)
  promise((result.plan == nil) == (result.errors > 0), "a plan, or an error that says why not")
  _ = (result.text, result.json)
  for finding in result.findings { promise(finding.line > 0 && finding.column > 0, "a finding has a place: \(finding.text)") }
}
