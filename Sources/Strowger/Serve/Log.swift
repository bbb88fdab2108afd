import Foundation
import SIP
import Synchronization

/// The operator's log: one calm line each on standard error, with the wall clock's time. Lines are formatted on a queue of their
/// own, many at a time; whoever reports something only hands it over.
final class Log: Sendable {
  private struct State {
    var waiting: [Notice] = []
    var isScheduled = false
  }

  let isQuiet: Bool
  private let isColoured = Terminal.isColoured(STDERR_FILENO)
  private let state = Mutex(State())
  private let queue = DispatchQueue(label: "strowger.log", qos: .utility)

  init(isQuiet: Bool) { self.isQuiet = isQuiet }

  /// Takes notices from any thread.
  func take(_ notices: [Notice]) {
    let mustSchedule = self.state.withLock { state in
      state.waiting.append(contentsOf: notices)
      defer { state.isScheduled = true }
      return !state.isScheduled
    }
    if mustSchedule { self.queue.asyncAfter(deadline: .now() + .milliseconds(50)) { self.drain() } }
  }

  /// A line of the program itself, said even when quiet.
  func say(_ text: String, _ tint: Tint? = nil) {
    self.queue.async { Terminal.complain(self.line(text, tint, at: time(nil))) }
  }

  /// Findings or the like as they stand, below the line that says what they are about.
  func add(_ text: String) { self.queue.async { Terminal.complain(text) } }

  /// Waits until everything has been written.
  func flush() { self.queue.sync { self.drain() } }

  private func drain() {
    let notices = self.state.withLock { state in
      defer { state = State() }
      return state.waiting
    }
    guard !notices.isEmpty else { return }
    let now = time(nil)
    Terminal.complain(notices.map { self.line($0.description, self.tint($0), at: now) }.joined(separator: "\n"))
  }

  private func tint(_ notice: Notice) -> Tint? {
    switch notice {
    case .warning: .yellow
    case .registered, .deregistered: .dim
    case .trunk(_, let isUp, _): isUp ? nil : .yellow
    case .ringing, .answered, .ended, .refused: nil
    }
  }

  private func line(_ text: String, _ tint: Tint?, at seconds: Int) -> String {
    let text = Table.printable(text)
    return "\(WallTime.ofDay(seconds))  \(tint.map { $0(text, if: self.isColoured) } ?? text)"
  }
}
