public import CStrowger
internal import Kernel
internal import ModuleBridge

// Session descriptions: strowger.h, interface 2.

@c @implementation
public func strowger_negotiate(
  _ exchange: OpaquePointer?, _ event: UnsafePointer<strowger_session_event>?, _ now: Int64
) -> Int32 {
  answer(exchange) { (exchange) throws(Refusal) in
    let told = try strowger_session_event.read(event)
    return try exchange.negotiate(told, at: try Instant(given: now)) ? STROWGER_OK : STROWGER_GONE
  }
}

@c @implementation
public func strowger_next_session_order(
  _ exchange: OpaquePointer?, _ order: UnsafeMutablePointer<strowger_session_order>?
) -> Int32 {
  answer(exchange) { (exchange) throws(Refusal) in
    let room = try strowger_session_order.room(order)
    while let found = exchange.descriptions.takeOrder() {
      exchange.memory.forget()
      guard let out = exchange.outgoing(found) else { continue }
      out.write(to: room)
      return STROWGER_OK
    }
    return STROWGER_DONE
  }
}
