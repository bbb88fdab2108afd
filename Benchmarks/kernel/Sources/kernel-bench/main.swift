// What the kernel costs by itself: a basic call, and the dispatch of a dialled number in a plan of 100,000 entries.
// Prints the best of several rounds, as the machine is shared.

import Features
import Kernel
import TestKit

let clock = ContinuousClock()

/// Nanoseconds for each of `count` repetitions, the best of seven rounds.
func measure(_ count: Int, _ body: () -> Void) -> Int {
  var best = Int.max
  for _ in 0..<7 {
    let took = clock.measure(body)
    best = min(best, (Int(took.components.seconds) * 1_000_000_000 + Int(took.components.attoseconds / 1_000_000_000)) / count)
  }
  return best
}

/// A kernel in the smallest world: everything is kept and every media goal is reached at once.
struct Switchboard {
  var kernel: Kernel
  var events = 0
  /// The leg that was told to ring last.
  var ringing: LegID?
  var joining: [LegID] = []

  mutating func give(_ event: Event) {
    self.events += 1
    self.kernel.receive(event, at: .zero)
    while true {
      // Read and left in place until it is cleared: a copy would make the kernel allocate a new one.
      for directive in self.kernel.outbox.directives {
        switch directive {
        case .alert(let leg, _): self.ringing = leg
        case .media(let leg, .with): self.joining.append(leg)
        default: break
        }
      }
      let kept = self.kernel.outbox.facts.isEmpty ? nil : self.kernel.outbox.turn
      self.kernel.clearOutbox()
      if let kept {
        self.events += 1
        self.kernel.receive(.kept(turn: kept), at: .zero)
      } else if let leg = self.joining.popLast() {
        self.events += 1
        self.kernel.receive(.joined(leg), at: .zero)
      } else {
        return
      }
    }
  }

  mutating func call(from caller: StationNumber, to called: Digits) {
    let leg = self.kernel.reserveLeg()
    self.ringing = nil
    self.give(.dialled(Origination(leg: leg, caller: .station(caller, DeviceID(1)), dialled: called)))
    guard let ringing = self.ringing else { return }
    self.give(.alerting(ringing))
    self.give(.answered(ringing))
    self.give(.released(leg, .normal))
  }
}

let office = Plan.office(BuiltIn.modules)
var board = Switchboard(kernel: Kernel(modules: BuiltIn.modules))
board.kernel.install(office)
board.give(.registered("2001", [DeviceID(1)]))
board.give(.registered("2002", [DeviceID(2)]))
let (caller, called): (StationNumber, Digits) = ("2001", "2002")
let calls = 20_000
board.events = 0
board.call(from: caller, to: called)
let perCall = board.events
let nanoseconds = measure(calls) { for _ in 0..<calls { board.call(from: caller, to: called) } }
print(
  "basic call: \(nanoseconds) ns, \(perCall) events, \(nanoseconds / max(1, perCall)) ns an event, "
    + "\(1_000_000_000 * perCall / max(1, nanoseconds)) events/s"
)

var large = Plan.office(BuiltIn.modules)
for number in 300_000..<400_000 {
  if let station = StationNumber("\(number)") { large.stations.append(Plan.StationEntry(from: station, to: station)) }
}
let descriptors = BuiltIn.modules.map(\.descriptor)
let compiling = clock.measure { _ = Dispatch(large, descriptors: descriptors) }
let dispatch = Dispatch(large, descriptors: descriptors)
let dialled = (0..<4096).compactMap { Digits("\(300_000 + ($0 &* 7919) % 100_000)") }
var found = 0
let lookUp = measure(dialled.count * 20) {
  for _ in 0..<20 { for digits in dialled { if case .station = dispatch.match(digits) { found += 1 } } }
}
print("digit dispatch with \(large.stations.count) entries: \(lookUp) ns (goal under 1000), compiled in \(compiling)")
