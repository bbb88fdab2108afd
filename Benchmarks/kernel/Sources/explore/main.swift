// Random walks through calls and features: many stations do random things for many steps, after which the kernel's invariants
// must hold; now and then it is rebuilt from its facts and compared. Prints what was walked; a violation ends with status 1
// and the seed that repeats it.
//   explore [--steps N] [--seeds N] [--first SEED] [--stations N]
//   explore --search [--states N] [--depth N] [--only "Hold + CallForward"]    every way small worlds of two modules can go
//   explore --traces    one line with the hashes of what a few walks sent, the same in every process

import Features
import Kernel
import LoopbackSIP
import TestKit

#if canImport(Glibc)
import Glibc
#endif

func option(_ name: String, default value: Int) -> Int {
  guard let place = CommandLine.arguments.firstIndex(of: "--\(name)"), place + 1 < CommandLine.arguments.count,
    let number = Int(CommandLine.arguments[place + 1]), number > 0
  else { return value }
  return number
}

let steps = option("steps", default: 1_000_000)
let seeds = min(option("seeds", default: 20), steps)
let first = option("first", default: 1)
let stations = option("stations", default: 20)
let modules = BuiltIn.modules
let plan = Plan.office(modules)
let town = Plan.town(modules)

// One trace, two processes: Swift seeds its hashes anew in each, and nothing that decides may notice.
if CommandLine.arguments.contains("--traces") {
  var (kernel, telephones, sends, failures) = (UInt64(0), UInt64(0), 0, 0)
  for seed in 1...20 {
    let report = Explorer.run(seed: UInt64(seed), steps: 2_000, modules: modules, plan: plan)
    kernel = kernel &* 0x100_0000_01b3 ^ report.trace
    failures += report.violations.count
  }
  for seed in 1...100 {
    let report = SIPExplorer.run(seed: UInt64(seed), modules: modules, plan: plan)
    telephones = telephones &* 0x100_0000_01b3 ^ report.hash
    sends += report.sends
    failures += report.failures.count
    if !report.failures.isEmpty { print(report.story) }
  }
  print(
    "trace: kernel 20 seeds, 40000 steps, hash \(String(kernel, radix: 16)); "
      + "telephones 100 seeds, \(sends) messages, hash \(String(telephones, radix: 16)); violations \(failures)")
  exit(failures == 0 ? 0 : 1)
}

let clock = ContinuousClock()
let start = clock.now

// Every pair of modules, each with its share of the states.
if CommandLine.arguments.contains("--search") {
  let only = CommandLine.arguments.firstIndex(of: "--only").flatMap {
    $0 + 1 < CommandLine.arguments.count ? CommandLine.arguments[$0 + 1] : nil
  }
  let worlds = Search.pairs(of: modules).filter { only == nil || $0.name == only }
  let share = max(1, option("states", default: 200_000) / max(1, worlds.count))
  var (states, transitions, deepest, complete, violations) = (0, 0, 0, 0, 0)
  for world in worlds {
    let report = Search.run(world, depth: option("depth", default: 40), states: share)
    states += report.states
    transitions += report.transitions
    deepest = max(deepest, report.depth)
    complete += report.isComplete ? 1 : 0
    violations += report.violations.count
    if only != nil || !report.violations.isEmpty { print(report) }
  }
  print(
    "search: \(worlds.count) worlds, \(states) states, \(transitions) transitions, depth to \(deepest), "
      + "\(complete) worlds complete, \((clock.now - start).components.seconds) s; violations \(violations)")
  exit(violations == 0 ? 0 : 1)
}

var (walked, events, calls, comparisons, restarts, violations) = (0, 0, 0, 0, 0, 0)
for seed in first..<(first + seeds) {
  let report = Explorer.run(
    seed: UInt64(seed), steps: (steps + seeds - 1) / seeds, stations: stations, modules: modules, plan: town, restarts: true)
  walked += report.steps
  events += report.events
  calls += report.calls
  comparisons += report.comparisons
  restarts += report.restarts
  violations += report.violations.count
  for violation in report.violations { print("seed \(seed): \(violation)") }
  if !report.violations.isEmpty { print(report.ladder) }
}
let took = clock.now - start
let milliseconds = max(1, Int(took.components.seconds) * 1000 + Int(took.components.attoseconds / 1_000_000_000_000_000))
print(
  "explorer: seeds \(first)-\(first + seeds - 1), \(walked) steps, \(events) events, \(calls) calls, "
    + "\(walked * 1000 / milliseconds) steps/s; rebuilt from facts and compared \(comparisons) times, restarted \(restarts); "
    + "violations \(violations)")
exit(violations == 0 ? 0 : 1)
