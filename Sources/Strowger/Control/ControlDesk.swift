import Dispatch
import Kernel
import NIOCore
import SIP
import Sessions
import Transport

/// Answers commands for the running exchange. What it needs of the exchange it copies on the loop; everything else, the text
/// above all, is made here.
struct ControlDesk: Sendable {
  // Weak would be a race with `stop`; the service ends the control server before itself.
  private unowned let service: Service

  init(_ service: Service) { self.service = service }

  func answer(_ octets: [UInt8]) async -> [UInt8] {
    guard let request = JSON(parsing: octets).flatMap(ControlRequest.init) else {
      return Self.error("the running exchange does not know this command; is it of another version?")
    }
    do {
      let result: JSON = ["result": try await self.carryOut(request)]
      return Array(result.line.utf8)
    } catch {
      return Self.error("\(error)")
    }
  }

  private static func error(_ text: String) -> [UInt8] {
    let answer: JSON = ["error": .string(text)]
    return Array(answer.line.utf8)
  }

  private func carryOut(_ request: ControlRequest) async throws -> JSON {
    let loop = self.service.loop
    switch request {
    case .refresh:
      let service = self.service
      try await self.inTurn { try service.refresh() }
      return true
    case .reload(let author):
      let service = self.service
      return .string(
        try await withCheckedContinuation { waiter in
          DispatchQueue.global().async { waiter.resume(returning: service.reload(by: author)) }
        }.get())
    case .status: return .array(try await loop.perform { exchange, _ in exchange.stationStatus() }.get().map(\.json))
    case .calls: return .array(try await loop.perform { exchange, _ in exchange.callStatus() }.get().map(\.json))
    case .registrations: return .array(try await loop.perform { exchange, _ in exchange.registrations() }.get().map(\.json))
    case .blocked: return .array(try await loop.perform { exchange, _ in exchange.blocked() }.get().map(\.json))
    case .trunks: return .array(try await loop.perform { exchange, _ in exchange.trunkStatus() }.get().map(\.json))
    case .unblock(let text):
      guard let source = IPAddress(text) else { throw Failure("\(text) is not an IP address") }
      return .boolean(try await loop.perform { $0.unblock(source, at: $1) }.get())
    case .ladder(let text):
      let calls = try text.split(separator: " ").map { word in
        guard let call = UInt64(word) else { throw Failure("\(word) is not a call's number; `strowger calls` shows them") }
        return call
      }
      let steps = try await loop.perform { exchange, _ in exchange.ladder(of: calls) }.get()
      return .array(steps.map { $0.json(since: steps.first?.time ?? .zero) })
    case .counters:
      let counters = try await loop.perform { exchange, _ in exchange.counters }.get()
      return .object(
        counters.members + (try await loop.counters().get()).members + self.service.measures.members
          + self.service.mediaMeasures.members + (self.service.certificates?.members ?? []))
    case .explain(let digits, let from):
      let (kernel, registrations, now) = try await loop.perform { ($0.kernelSnapshot(), $0.registrations(), $1) }.get()
      return try Explanation.answer(
        digits, from: from, on: kernel, registrations: registrations, planFile: self.service.planFile, at: now)
    }
  }

  /// Runs something that blocks on the administration's queue.
  private func inTurn(_ body: @escaping @Sendable () throws -> Void) async throws {
    let queue = self.service.administration
    try await withCheckedThrowingContinuation { (waiter: CheckedContinuation<Void, any Error>) in
      queue.async { waiter.resume(with: Result(catching: body)) }
    }
  }
}
