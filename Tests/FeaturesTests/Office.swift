import Features
import Kernel
import TestKit
import TestKitTesting

/// An office with stations 2001 to 2005 on the line, and the modules that are built in.
func office(
  _ modules: [Module] = BuiltIn.modules, plan: Plan? = nil, fileID: String = #fileID, filePath: String = #filePath,
  line: Int = #line, column: Int = #column
) -> Scenario {
  let office = Scenario.tested(
    plan: plan ?? .office(modules), modules: modules, fileID: fileID, filePath: filePath, line: line, column: column)
  for station: StationNumber in ["2001", "2002", "2003", "2004", "2005"] { office.register(station) }
  return office
}
