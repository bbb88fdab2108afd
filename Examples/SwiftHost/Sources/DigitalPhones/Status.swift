import SIP
import Sessions

/// What `show` prints.
extension Host {
  public func status() -> [String] {
    var lines = ["", "  phone  display                               lamp"]
    for desk in self.desks {
      let display = self.display(desk.number)
      lines.append("  \(desk.number)   [\(display[0])][\(display[1])]  \(desk.phone.lamp.rawValue)")
    }
    for binding in self.exchange.registrations() { lines.append("  \(binding.station)   SIP, \(binding.flow.remote)") }
    let calls = self.exchange.callStatus()
    lines.append(calls.isEmpty ? "  no calls" : "  calls")
    for call in calls {
      let legs = call.legs.map { "\($0.party) \($0.state), hears \($0.hears)" }.joined(separator: "; ")
      lines.append("  \(call.caller) -> \(call.dialled) \(call.state): \(legs)")
    }
    return lines + [""]
  }
}
