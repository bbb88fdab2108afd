import CLoad
import Glibc
import Kernel
import Media
import Sessions

// media-bench [--seconds N] [--calls N,N,…] [--rooms N,N,…] [--only ours|rtpengine]
// With count-allocations.so preloaded and STROWGER_COUNT_FILE naming a file of 4096 octets, allocations are counted, too.

var seconds = 5
var calls = [50, 200, 500]
var rooms = [50, 100, 200, 300]
var only = ""
var words = CommandLine.arguments.dropFirst().makeIterator()
while let word = words.next() {
  guard let value = words.next() else { break }
  let numbers = value.split(separator: ",").compactMap { Int($0) }.filter { $0 > 0 }
  switch word {
  case "--seconds": seconds = numbers.first ?? seconds
  case "--calls": calls = numbers
  case "--rooms": rooms = numbers
  case "--only": only = value
  default:
    print("media-bench [--seconds N] [--calls N,N] [--rooms N,N] [--only ours|rtpengine]")
    exit(2)
  }
}

// A phone has a socket, a channel two.
var limit = rlimit(rlim_cur: 65536, rlim_max: 65536)
if setrlimit(__rlimit_resource_t(7), &limit) != 0 {
  getrlimit(__rlimit_resource_t(7), &limit)
  limit.rlim_cur = limit.rlim_max
  setrlimit(__rlimit_resource_t(7), &limit)
}

func withPhones(_ count: Int, _ body: (UnsafeMutableBufferPointer<load_phone>) -> Void) {
  let phones = UnsafeMutableBufferPointer<load_phone>.allocate(capacity: count)
  defer { phones.deallocate() }
  guard load_open(phones.baseAddress, Int32(count)) == 0 else { return print("no sockets for \(count) phones") }
  body(phones)
  load_close(phones.baseAddress, Int32(count))
}

func decimals(_ value: Double, _ count: Int) -> String {
  var factor = 1.0
  for _ in 0..<count { factor *= 10 }
  let rounded = (value * factor).rounded() / factor
  return "\(rounded)"
}

/// What this process has asked of malloc, where it runs with Benchmarks/calls/count-allocations.c preloaded.
func allocations() -> UInt64? {
  guard let path = getenv("STROWGER_COUNT_FILE") else { return nil }
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { return nil }
  defer { close(descriptor) }
  var count: UInt64 = 0
  return pread(descriptor, &count, 8, 0) == 8 ? count : nil
}

/// Runs the load and says what it cost: nanoseconds of CPU that `spent` counts.
@MainActor func measure(
  _ name: String, _ phones: UnsafeMutableBufferPointer<load_phone>, isStamped: Bool, spent: () -> UInt64,
  extra: (UInt64) -> String
) {
  _ = load_run(phones.baseAddress, Int32(phones.count), 600, isStamped ? 1 : 0)
  let before = spent()
  let allocated = allocations()
  let result = load_run(phones.baseAddress, Int32(phones.count), Int32(seconds * 1000), isStamped ? 1 : 0)
  let cost = spent() - before
  let more = allocations().flatMap { now in allocated.map { ", \(now - $0) allocations" } } ?? ""
  let lost = result.sent > result.received ? result.sent - result.received : 0
  let isSlow = result.elapsed > UInt64(seconds) * 1_050_000_000 + 100_000_000
  let perPacket = Double(cost) / 1000 / Double(max(result.received, 1))
  let bad = 100 * Double(lost + result.late) / Double(max(result.sent, 1))
  print(
    "\(name): \(result.received) packets, \(decimals(perPacket, 2)) µs CPU each, "
      + "\(decimals(100 * Double(cost) / Double(result.elapsed), 1)) % of a core, late or lost \(decimals(bad, 3)) %\(extra(cost))\(more)"
      + (isSlow ? " (the phones could not keep up: no figure)" : "")
  )
}

for count in calls {
  if only != "rtpengine" {
    withPhones(2 * count) { phones in
      guard let ours = try? Ours() else { return print("no media server") }
      let before = resident("self")
      let ids = ours.open(phones)
      ours.relay(ids)
      usleep(100_000)
      measure("relay, \(count) calls", phones, isStamped: true, spent: { runtime(process: "self", thread: "media") }) { _ in
        ", \((resident("self") - before) / ids.count) octets a channel"
      }
      ours.close(ids)
      ours.server.stop()
    }
  }
  if only != "ours" {
    withPhones(2 * count) { phones in
      guard let rtpengine = Rtpengine() else { return print("rtpengine is not installed, or does not start") }
      for call in 0..<count {
        guard rtpengine.call(call, &phones[2 * call], &phones[2 * call + 1]) else { return print("rtpengine: no call \(call)") }
      }
      measure("rtpengine, \(count) calls", phones, isStamped: true, spent: { runtime(process: "\(rtpengine.process)") }) { _ in ""
      }
      rtpengine.stop()
    }
  }
}

for count in rooms where only != "rtpengine" {
  withPhones(5 * count) { phones in
    guard let ours = try? Ours() else { return print("no media server") }
    let before = resident("self")
    let ids = ours.open(phones)
    for (index, id) in ids.enumerated() { ours.server.post([.attach(id, .room(UInt32(index / 5)))]) }
    usleep(100_000)
    measure("\(count) conferences of five", phones, isStamped: false, spent: { runtime(process: "self", thread: "media") }) {
      cost in
      let perTick = Double(cost) / 1000 / Double(count * seconds * 50)
      return ", \(decimals(perTick, 1)) µs a room's 20 ms, \((resident("self") - before) / ids.count) octets a channel"
    }
    ours.close(ids)
    ours.server.stop()
  }
}
