import Glibc
import Kernel
import LoopbackSIP

/// Calls as telephones make them, recorded from where every input begins: what a mutation starts with is understood.
@MainActor func writeSeeds(into folder: String, _ office: Office) {
  for (name, story) in stories {
    var network = office.network
    let before = network.trace.count
    story(&network)
    var seed: [UInt8] = []
    var last = office.network.now
    for entry in network.trace.dropFirst(before) where entry.isToExchange {
      guard let sender = Office.numbers.firstIndex(of: entry.phone) else { continue }
      if !seed.isEmpty { seed += Array("%%\n".utf8) }
      seed.append(0x40 | UInt8(sender) | Timing.index(of: entry.time - last) << 2)
      seed += entry.bytes
      last = entry.time
    }
    guard let file = fopen("\(folder)/\(name)", "w") else { continue }
    fwrite(seed, 1, seed.count, file)
    fclose(file)
  }
}

private var stories: [(String, (inout Network) -> Void)] {
  [
    ("call", { talk(&$0, "2001", "2002") }),
    (
      "cancel",
      {
        dial(&$0, "2001", "2003"); $0.with("2001") { $0.hangUp(0, at: $1) }; wait(&$0)
      }
    ),
    (
      "busy",
      {
        dial(&$0, "2001", "2002"); $0.with("2002") { $0.refuse(0, 486, at: $1) }; wait(&$0)
      }
    ),
    (
      "redirect",
      {
        dial(&$0, "2001", "2002"); $0.with("2002") { $0.redirect(0, to: "2003", at: $1) }; wait(&$0)
      }
    ),
    (
      "hold",
      {
        talk(&$0, "2001", "2002", hangsUp: false)
        for isHeld in [true, false] {
          $0.with("2001") { $0.hold(0, isHeld, at: $1) }
          wait(&$0)
        }
        $0.with("2002") { $0.update(0, isHeld: true, at: $1) }
        wait(&$0)
      }
    ),
    (
      "reinvite",
      {
        talk(&$0, "2001", "2002", hangsUp: false)
        $0.with("2002") { $0.reinviteWithoutOffer(0, at: $1) }
        wait(&$0)
        $0.with("2001") { $0.move(0, at: $1) }
        wait(&$0)
      }
    ),
    (
      "transfer",
      {
        talk(&$0, "2001", "2002", hangsUp: false)
        $0.with("2002") { $0.refer(0, to: "2003", at: $1) }
        wait(&$0)
        $0.with("2003") { $0.answer(0, at: $1) }
        wait(&$0)
      }
    ),
    (
      "attended",
      {
        talk(&$0, "2001", "2002", hangsUp: false)
        $0.with("2002") { $0.hold(0, true, at: $1) }
        dial(&$0, "2002", "2003")
        $0.with("2003") { $0.answer(0, at: $1) }
        wait(&$0)
        $0.with("2002") { $0.refer(0, replacing: 1, at: $1) }
        wait(&$0)
      }
    ),
    (
      "replaces",
      {
        talk(&$0, "2001", "2002", hangsUp: false)
        let replaces = $0.phone("2002")?.calls.first?.replaces() ?? ""
        $0.with("2003") { _ = $0.dial("2001", replacing: replaces, at: $1) }
        wait(&$0)
      }
    ),
    (
      "lamps",
      {
        $0.with("2001") { _ = $0.subscribe("dialog", to: "2002", at: $1) }
        $0.with("2003") { _ = $0.subscribe("message-summary", to: "2003", at: $1) }
        wait(&$0)
        talk(&$0, "2003", "2002")
      }
    ),
    (
      "register",
      {
        $0.with("2001") { $0.register(expires: 60, at: $1) }; wait(&$0); $0.with("2001") { $0.register(expires: 0, at: $1) }
      }
    ),
  ]
    + (30..<60).map { code in
      (
        "code-\(code)",
        {
          dial(&$0, "2001", "2002")
          dial(&$0, "2003", "\(code)")
          wait(&$0)
        }
      )
    }
}

private func wait(_ network: inout Network) { network.advance(by: .milliseconds(500)) }

private func dial(_ network: inout Network, _ caller: String, _ digits: String) {
  network.with(caller) { _ = $0.dial(digits, at: $1) }
  wait(&network)
}

private func talk(_ network: inout Network, _ caller: String, _ called: String, hangsUp: Bool = true) {
  dial(&network, caller, called)
  network.with(called) { $0.answer(0, at: $1) }
  wait(&network)
  guard hangsUp else { return }
  network.with(called) { $0.hangUp(0, at: $1) }
  wait(&network)
}
