public import CStrowger
internal import Kernel
internal import NumberPlan
internal import ModuleBridge

// The functions of strowger.h, in its order. The compiler compares each with its declaration there, where they are described.

@c @implementation
public func strowger_result_text(_ result: Int32) -> UnsafePointer<CChar>? {
  UnsafeRawPointer(Refusal.meaning(of: result).utf8Start).assumingMemoryBound(to: CChar.self)
}

@c @implementation
public func strowger_interface() -> UInt32 { STROWGER_INTERFACE }

@c @implementation
public func strowger_version() -> UnsafePointer<CChar>? {
  let version: StaticString = "0.1.0"
  return UnsafeRawPointer(version.utf8Start).assumingMemoryBound(to: CChar.self)
}

// MARK: An exchange

@c @implementation
public func strowger_create(
  _ options: UnsafePointer<strowger_options>?, _ exchange: UnsafeMutablePointer<OpaquePointer?>?
) -> Int32 {
  answer { () throws(Refusal) in
    guard let exchange else { throw .null }
    exchange.pointee = try Exchanges.add(try HostedExchange(options == nil ? nil : try strowger_options.read(options)))
    return STROWGER_OK
  }
}

@c @implementation
public func strowger_destroy(_ exchange: OpaquePointer?) -> Int32 {
  answer { () throws(Refusal) in
    try Exchanges.remove(exchange)
    return STROWGER_OK
  }
}

@c @implementation
public func strowger_use_plan(
  _ exchange: OpaquePointer?, _ xml: UnsafePointer<CChar>?, _ length: Int, _ name: UnsafePointer<CChar>?
) -> Int32 {
  answer(exchange) { (exchange) throws(Refusal) in
    guard let xml else { throw .null }
    guard length >= 0, length <= PlanFile.maximumSize else { throw .range }
    let octets = Array(UnsafeRawBufferPointer(start: xml, count: length))
    try exchange.use(
      PlanFile.parse(octets, name: try String(needed: name), modules: exchange.kernel.modules.map(\.descriptor)))
    return STROWGER_OK
  }
}

@c @implementation
public func strowger_load_plan(_ exchange: OpaquePointer?, _ path: UnsafePointer<CChar>?) -> Int32 {
  answer(exchange) { (exchange) throws(Refusal) in
    try exchange.use(PlanFile.load(path: try String(needed: path), modules: exchange.kernel.modules.map(\.descriptor)))
    return STROWGER_OK
  }
}

@c @implementation
public func strowger_next_finding(_ exchange: OpaquePointer?, _ finding: UnsafeMutablePointer<strowger_finding>?) -> Int32 {
  answer(exchange) { (exchange) throws(Refusal) in
    let room = try strowger_finding.room(finding)
    guard let found = exchange.takeFinding() else { return STROWGER_DONE }
    exchange.memory.forget()
    var out = strowger_finding()
    out.severity =
      switch found.severity {
      case .error: STROWGER_SEVERITY_ERROR
      case .warning: STROWGER_SEVERITY_WARNING
      }
    out.line = UInt32(clamping: found.line)
    out.column = UInt32(clamping: found.column)
    out.rule = exchange.memory.passingText(found.rule)
    out.message = exchange.memory.passingText(found.message)
    out.mend = found.mend.map { exchange.memory.passingText($0) }
    out.write(to: room)
    return STROWGER_OK
  }
}

@c @implementation
public func strowger_trunk_index(
  _ exchange: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ index: UnsafeMutablePointer<UInt32>?
) -> Int32 {
  answer(exchange) { (exchange) throws(Refusal) in
    guard let index else { throw .null }
    guard let found = exchange.kernel.world.trunk(named: try String(needed: name)) else { throw .unknown }
    index.pointee = UInt32(found)
    return STROWGER_OK
  }
}

@c @implementation
public func strowger_trunk_name(
  _ exchange: OpaquePointer?, _ index: UInt32, _ name: UnsafeMutablePointer<UnsafePointer<CChar>?>?
) -> Int32 {
  answer(exchange) { (exchange) throws(Refusal) in
    guard let name else { throw .null }
    guard exchange.kernel.world.trunks.indices.contains(Int(index)) else { throw .range }
    name.pointee = exchange.memory.lastingText(exchange.kernel.world.trunks[Int(index)].name)
    return STROWGER_OK
  }
}

// MARK: Events

@c @implementation
public func strowger_reserve_leg(_ exchange: OpaquePointer?, _ leg: UnsafeMutablePointer<strowger_leg>?) -> Int32 {
  answer(exchange) { (exchange) throws(Refusal) in
    guard let leg else { throw .null }
    leg.pointee = try exchange.reserveLeg().number
    return STROWGER_OK
  }
}

@c @implementation
public func strowger_receive(_ exchange: OpaquePointer?, _ event: UnsafePointer<strowger_event>?, _ now: Int64) -> Int32 {
  answer(exchange) { (exchange) throws(Refusal) in
    let told = try strowger_event.read(event).event(in: exchange.kernel.world)
    return try exchange.receive(told, at: try Instant(given: now)) ? STROWGER_OK : STROWGER_GONE
  }
}

@c @implementation
public func strowger_next_deadline(_ exchange: OpaquePointer?, _ deadline: UnsafeMutablePointer<Int64>?) -> Int32 {
  answer(exchange) { (exchange) throws(Refusal) in
    guard let deadline else { throw .null }
    let next = min(exchange.kernel.nextDeadline?.nanoseconds ?? Instant.latest, exchange.descriptions.nextDeadline.nanoseconds)
    deadline.pointee = min(next, Instant.latest)
    return next < Instant.latest ? STROWGER_OK : STROWGER_DONE
  }
}

@c @implementation
public func strowger_fire(_ exchange: OpaquePointer?, _ now: Int64) -> Int32 {
  answer(exchange) { (exchange) throws(Refusal) in
    try exchange.fire(at: try Instant(given: now))
    return STROWGER_OK
  }
}

// MARK: Directives and facts

@c @implementation
public func strowger_next_directive(
  _ exchange: OpaquePointer?, _ directive: UnsafeMutablePointer<strowger_directive>?
) -> Int32 {
  answer(exchange) { (exchange) throws(Refusal) in
    let room = try strowger_directive.room(directive)
    var out = strowger_directive()
    guard exchange.takeDirective(into: &out) else { return STROWGER_DONE }
    out.write(to: room)
    return STROWGER_OK
  }
}

@c @implementation
public func strowger_sentence(
  _ text: UnsafePointer<CChar>?, _ number: UnsafePointer<strowger_digits>?, _ sentence: UnsafeMutablePointer<CChar>?,
  _ room: Int
) -> Int32 {
  answer { () throws(Refusal) in
    guard let text, let sentence else { throw .null }
    let isWhole = Sentence.write(text, number: number?.pointee, to: sentence, room: room)
    guard isWhole else { throw .tooSmall }
    return STROWGER_OK
  }
}

@c @implementation
public func strowger_next_fact(_ exchange: OpaquePointer?, _ fact: UnsafeMutablePointer<strowger_fact>?) -> Int32 {
  answer(exchange) { (exchange) throws(Refusal) in
    let room = try strowger_fact.room(fact)
    guard let (found, turn) = exchange.takeFact() else { return STROWGER_DONE }
    let kept = FactRow(found)
    var out = strowger_fact()
    out.turn = turn
    out.key = exchange.memory.keep(key: kept.key)
    out.key_length = kept.key.count
    out.row = kept.row.map { exchange.memory.keep(row: $0) }
    out.row_length = kept.row?.count ?? 0
    out.write(to: room)
    return STROWGER_OK
  }
}

@c @implementation
public func strowger_restore(
  _ exchange: OpaquePointer?, _ facts: UnsafePointer<strowger_fact>?, _ count: Int, _ rejected: UnsafeMutablePointer<Int>?
) -> Int32 {
  answer(exchange) { (exchange) throws(Refusal) in
    let (kept, unreadable) = try FactRow.facts(facts, count)
    let misfits = try exchange.restore(kept)
    rejected?.pointee = unreadable + misfits
    return STROWGER_OK
  }
}

@c @implementation
public func strowger_state(
  _ exchange: OpaquePointer?, _ json: UnsafeMutablePointer<CChar>?, _ room: Int, _ needed: UnsafeMutablePointer<Int>?
) -> Int32 {
  answer(exchange) { (exchange) throws(Refusal) in
    guard json != nil || room == 0 else { throw .null }
    let state = exchange.kernel.stateText.utf8
    needed?.pointee = state.count + 1
    guard let json, room > state.count else { throw .tooSmall }
    UnsafeMutableRawBufferPointer(start: json, count: state.count).copyBytes(from: state)
    json[state.count] = 0
    return STROWGER_OK
  }
}

@inline(__always)
func answer(_ body: () throws(Refusal) -> Int32) -> Int32 {
  do { return try body() } catch { return error.result }
}

@inline(__always)
func answer(_ exchange: OpaquePointer?, _ body: (inout HostedExchange) throws(Refusal) -> Int32) -> Int32 {
  do { return try Exchanges.with(exchange, body) } catch { return error.result }
}
