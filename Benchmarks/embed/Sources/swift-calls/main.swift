// The calls of host.c, event for event, without the C interface between.
//   swift-calls PLAN CALLS
// Prints one `name value` a line.

import Features
import Glibc
import Kernel
import NumberPlan

func nanoseconds(_ clock: clockid_t = CLOCK_PROCESS_CPUTIME_ID) -> Int {
  var time = timespec()
  clock_gettime(clock, &time)
  return time.tv_sec * 1_000_000_000 + time.tv_nsec
}

func fail(_ what: String) -> Never {
  let line = "swift-calls: \(what)\n"
  write(STDERR_FILENO, line, line.utf8.count)
  exit(1)
}

/// A kernel in the smallest world: everything is kept and every media goal is reached at once.
struct Office {
  var kernel = Kernel(modules: BuiltIn.modules)
  var events = 0
  /// The leg that was told to ring last.
  var ringing: LegID?
  var joining: [LegID] = []
  var turn: UInt64?
  var octets = 0
  /// How long each event of a call took, in nanoseconds: how often. Empty: nobody asks.
  var took: [[Int]] = []

  /// What strowger_receive does with an event: room for what comes of it, then the event itself.
  mutating func receive(_ event: Event) {
    let place = self.events
    self.events += 1
    guard !self.took.isEmpty else {
      self.kernel.clearOutbox()
      self.kernel.receive(event, at: .zero)
      return
    }
    let start = nanoseconds(CLOCK_MONOTONIC)
    self.kernel.clearOutbox()
    self.kernel.receive(event, at: .zero)
    let each = nanoseconds(CLOCK_MONOTONIC) - start
    self.took[place][min(each, self.took[place].count - 1)] += 1
  }

  mutating func readAll() {
    for fact in self.kernel.outbox.facts {
      self.turn = self.kernel.outbox.turn
      // A host in C is given the row, so it is looked at here as well.
      switch fact {
      case .call(_, let row): self.octets &+= row?.count ?? 0
      case .machine(_, _, let state): self.octets &+= state?.count ?? 0
      }
    }
    for directive in self.kernel.outbox.directives {
      switch directive {
      case .alert(let leg, _): self.ringing = leg
      case .media(let leg, .with): self.joining.append(leg)
      default: break
      }
    }
  }

  mutating func tell(_ event: Event) {
    self.receive(event)
    while true {
      self.readAll()
      if let kept = self.turn {
        self.turn = nil
        self.receive(.kept(turn: kept))
      } else if let leg = self.joining.popLast() {
        self.receive(.joined(leg))
      } else {
        return
      }
    }
  }

  mutating func call(from caller: StationNumber, to called: Digits) {
    let leg = self.kernel.reserveLeg()
    self.ringing = nil
    self.tell(.dialled(Origination(leg: leg, caller: .station(caller, DeviceID(1)), dialled: called)))
    guard let ringing = self.ringing else { fail("nothing rang") }
    self.tell(.alerting(ringing))
    self.tell(.answered(ringing))
    self.tell(.released(leg, .normal))
  }
}

/// The best of eight rounds, as the machine is shared.
func best(_ body: () -> Void) -> Int {
  var best = Int.max
  for _ in 0..<8 {
    let start = nanoseconds()
    body()
    best = min(best, nanoseconds() - start)
  }
  return best
}

guard CommandLine.arguments.count == 3, let calls = Int(CommandLine.arguments[2]), calls > 0 else {
  fail("usage: swift-calls PLAN CALLS")
}
var office = Office()
guard let plan = PlanFile.load(path: CommandLine.arguments[1], modules: BuiltIn.modules.map(\.descriptor)).plan else {
  fail("\(CommandLine.arguments[1]) has errors")
}
office.kernel.install(plan)
guard let caller = StationNumber("2001"), let callee = StationNumber("2002") else { fail("these are no numbers") }
let called = callee.digits
office.tell(.registered(caller, [DeviceID(1)]))
office.tell(.registered(callee, [DeviceID(2)]))
office.events = 0
office.call(from: caller, to: called)
let perCall = office.events
let took = best { for _ in 0..<calls { office.call(from: caller, to: called) } }
print("events \(perCall)\nnanoseconds \(took / (calls * perCall))")

office.took = Array(repeating: Array(repeating: 0, count: 20_001), count: perCall)
for _ in 0..<calls {
  office.events = 0
  office.call(from: caller, to: called)
}
// The median of each event of a call, all in all.
let medians = office.took.map { times in
  var seen = 0
  return times.indices.first { each in
    seen += times[each]
    return seen > calls / 2
  } ?? times.count
}
print("receive \(medians.reduce(0, +) / perCall)")
office.took = []

let empty = best {
  for _ in 0..<calls {
    office.receive(.kept(turn: 1))
    office.readAll()
  }
}
print("empty \(empty / calls)")
