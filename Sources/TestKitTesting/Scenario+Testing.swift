public import Kernel
public import TestKit
import Testing

extension Scenario {
  /// A scenario whose failures are issues of the running test, blamed on the test's line, with the ladder.
  public static func tested(
    plan: Plan, modules: [Module], fileID: String = #fileID, filePath: String = #filePath, line: Int = #line,
    column: Int = #column
  ) -> Scenario {
    Scenario(
      plan: plan, modules: modules,
      report: { failure in
        Issue.record(
          Comment(rawValue: "\(failure.message)\n\(failure.ladder)"),
          sourceLocation: SourceLocation(
            fileID: failure.location.fileID, filePath: failure.location.filePath, line: failure.location.line,
            column: failure.location.column))
      },
      fileID: fileID, filePath: filePath, line: line, column: column)
  }
}
