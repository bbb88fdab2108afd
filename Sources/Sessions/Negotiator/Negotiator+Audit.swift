public import Kernel

// The negotiator looks at itself, for tests and explorers.
extension Negotiator {
  /// How far a leg is with its goal.
  public struct Progress: Sendable, Equatable {
    /// Its own phone holds the call.
    public var isHeld: Bool
    /// The goal is out of reach, and the kernel knows.
    public var hasFailed: Bool
    /// The media server had no port, or the phone refused its description: the leg is silent instead.
    public var isUnserved: Bool
    /// No offer is under way, and nothing is waited for.
    public var isAtRest: Bool
  }

  /// Nil for a leg that is not open.
  public func progress(of leg: LegID) -> Progress? {
    guard let index = self.index(of: leg) else { return nil }
    let session = self.sessions[index]
    return Progress(
      isHeld: session.isHeld, hasFailed: session.report == .failed,
      isUnserved: session.isUnserved || session.refused == .served, isAtRest: session.isStable && session.due == .never)
  }

  /// What is counted and is not so; empty as long as all is well.
  public func audit() -> [String] {
    var findings: [String] = []
    var lines = 0
    var channels = 0
    for session in self.sessions where !session.leg.isNone {
      let open = session.lines.compactMap(\.self)
      lines += open.count
      channels += open.isEmpty ? 0 : 1
      for line in open where self.lineLegs[line.id] != session.leg {
        findings.append("channel \(line.id.rawValue) is not known as one of leg \(session.leg.index)")
      }
    }
    if lines != self.openLines { findings.append("\(lines) ports in use, \(self.openLines) counted") }
    if channels != self.openChannels { findings.append("\(channels) channels in use, \(self.openChannels) counted") }
    if self.lineLegs.count != lines { findings.append("\(self.lineLegs.count) ports known, \(lines) in use") }
    return findings
  }
}
