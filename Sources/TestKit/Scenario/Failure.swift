/// Something a scenario expected and did not get, as a value: who runs the scenario decides what becomes of it.
public struct Failure: Sendable, CustomStringConvertible {
  /// Where in the test's source the expectation stands.
  public struct Location: Sendable {
    public var fileID: String
    public var filePath: String
    public var line: Int
    public var column: Int

    public init(fileID: String, filePath: String, line: Int, column: Int) {
      self.fileID = fileID
      self.filePath = filePath
      self.line = line
      self.column = column
    }
  }

  public var message: String
  public var location: Location
  /// What went to and fro so far, and which timers are armed.
  public var ladder: String

  public var description: String { "\(self.message)        \(self.location.fileID):\(self.location.line)\n\(self.ladder)" }
}
