internal import CStrowger
internal import Kernel
internal import ModuleBridge

/// One question to a module in a library: what it may ask meanwhile, and where its orders go. It lives as long as the question.
final class Consultation {
  let world: World
  var orders = Orders()
  /// It has given an order that is none.
  var isBad = false
  /// This module's place in the kernel's list.
  private let module: Int
  private var memory: [UnsafeMutableRawPointer] = []

  init(_ world: World, module name: String) {
    self.world = world
    self.module = world.descriptors.firstIndex { $0.name == name } ?? -1
  }

  deinit { for piece in self.memory { piece.deallocate() } }

  func withHost(_ body: (UnsafePointer<strowger_host>) -> UInt32) -> UInt32 {
    withExtendedLifetime(self) {
      var host = strowger_host.asking
      host.context = Unmanaged.passUnretained(self).toOpaque()
      return body(&host)
    }
  }

  /// Valid until the question is answered.
  func keep<Element: BitwiseCopyable>(_ elements: [Element]) -> UnsafePointer<Element>? {
    guard !elements.isEmpty else { return nil }
    let copy = UnsafeMutablePointer<Element>.allocate(capacity: elements.count)
    for (place, element) in elements.enumerated() { (copy + place).initialize(to: element) }
    self.memory.append(UnsafeMutableRawPointer(copy))
    return UnsafePointer(copy)
  }

  func keep(text: String) -> UnsafePointer<CChar>? { self.keep(text.utf8.map { CChar(bitPattern: $0) } + [0]) }

  func owner(of leg: Leg) -> (owned: UInt32, key: strowger_machine_key) {
    guard !leg.owner.isNone else { return (0, strowger_machine_key()) }
    return (Int(leg.owner.module) == self.module ? 1 : 2, strowger_machine_key(leg.owner.key))
  }

  static func of(_ context: UnsafeMutableRawPointer?) -> Consultation? {
    context.map { Unmanaged<Consultation>.fromOpaque($0).takeUnretainedValue() }
  }
}

extension strowger_host {
  /// All but the context.
  fileprivate static var asking: strowger_host {
    var host = strowger_host()
    host.size = UInt32(MemoryLayout<strowger_host>.size)
    host.interface_number = STROWGER_INTERFACE
    host.leg = { context, leg, state in answer(context, state) { $0.tell(leg, &$1) } }
    host.call = { context, call, state in answer(context, state) { $0.tell(call, &$1) } }
    host.station = { context, number, state in
      guard let number else { return STROWGER_NULL }
      return answer(context, state) { $0.tell(number.pointee, &$1) }
    }
    host.legs = { context, which, call, station, legs, room in
      list(context, legs, room) { $0.legs(which, call, station?.pointee ?? strowger_digits()) }
    }
    host.calls = { context, calls, room in list(context, calls, room) { $0.calls } }
    host.stations = { context, stations, room in list(context, stations, room) { $0.stations } }
    host.recordings = { context, owner, recordings, room in
      list(context, recordings, room) { $0.recordings(owner?.pointee ?? strowger_digits()) }
    }
    host.may = { context, what, station, number, name, className in
      guard let consultation = Consultation.of(context), let station else { return 0 }
      let number = number?.pointee ?? strowger_digits()
      return (try? consultation.may(what, station.pointee, number, name, className)) ?? false ? 1 : 0
    }
    host.local_time = { Consultation.of($0)?.world.localTime.nanoseconds ?? 0 }
    host.order = { context, order in
      guard let consultation = Consultation.of(context) else { return STROWGER_NULL }
      do throws(Refusal) {
        try consultation.orders.take(try strowger_order.read(order))
        return STROWGER_OK
      } catch {
        consultation.isBad = true
        return error.result
      }
    }
    return host
  }
}

/// Fills in what the module has asked for, as far as the module knows it.
private func answer<State: Sized>(
  _ context: UnsafeMutableRawPointer?, _ state: UnsafeMutablePointer<State>?,
  _ body: (Consultation, inout State) -> Int32
) -> Int32 {
  guard let consultation = Consultation.of(context) else { return STROWGER_NULL }
  do throws(Refusal) {
    let room = try State.room(state)
    var value = State()
    let result = body(consultation, &value)
    if result == STROWGER_OK { value.write(to: room) }
    return result
  } catch {
    return error.result
  }
}

private func list<Element>(
  _ context: UnsafeMutableRawPointer?, _ elements: UnsafeMutablePointer<Element>?, _ room: Int,
  _ body: (Consultation) -> [Element]
) -> Int {
  guard let consultation = Consultation.of(context) else { return 0 }
  let found = body(consultation)
  if let elements { for (place, element) in found.prefix(max(0, room)).enumerated() { elements[place] = element } }
  return found.count
}
