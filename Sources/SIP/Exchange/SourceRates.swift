import Kernel
import Sessions

/// How often each source may ask: so many requests a second, and ``reserve`` seconds' worth of them at a time, as when the power comes
/// back to an office behind one address (RELIABILITY 36).
///
/// One instant is kept for each source: when all it has asked for would have been due at its rate.
struct SourceRates: Sendable {
  enum Verdict: Sendable { case passes, isRefused, isDropped }

  private struct Account: Sendable {
    var due: Instant
    /// The same for refusals: who goes on gets no more of them than requests are allowed.
    var refusalDue: Instant
    var told: Instant?
  }
  private var accounts: [IPAddress: Account] = [:]

  static let reserve: Int64 = 20
  /// Forged addresses must not make this grow: beyond so many all begin anew.
  static let remembered = 20_000

  var count: Int { self.accounts.count }

  /// Counts a request; `rate` a second are allowed, 0: any.
  mutating func count(_ source: IPAddress, rate: Int, at now: Instant) -> Verdict {
    guard rate > 0 else { return .passes }
    let step = Interval(nanoseconds: max(1, 1_000_000_000 / Int64(clamping: rate)))
    let start = self.accounts[source] ?? Account(due: now, refusalDue: now)
    var account = start
    account.due = max(start.due, now)
    account.refusalDue = max(start.refusalDue, now)
    let verdict: Verdict
    if account.due < now + .seconds(Self.reserve) {
      account.due = account.due + step
      verdict = .passes
    } else if account.refusalDue < now + .seconds(1) {
      account.refusalDue = account.refusalDue + step
      verdict = .isRefused
    } else {
      verdict = .isDropped
    }
    if self.accounts[source] == nil, self.accounts.count >= Self.remembered { self.accounts.removeAll(keepingCapacity: true) }
    self.accounts[source] = account
    return verdict
  }

  /// Whether people are to be told of `source`: once a minute.
  mutating func isNews(_ source: IPAddress, at now: Instant) -> Bool {
    guard let account = self.accounts[source], account.told.map({ now - $0 >= .seconds(60) }) ?? true else { return false }
    self.accounts[source]?.told = now
    return true
  }
}
