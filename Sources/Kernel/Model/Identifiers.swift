/// Names one entry of a ``SlotMap``. The generation tells a reused slot from the one that was meant, so that an
/// event for something that has ended finds nothing instead of a stranger.
@frozen public struct Handle<Kind>: Hashable, Sendable, BitwiseCopyable, CustomStringConvertible {
  public let index: UInt32
  public let generation: UInt32

  @inlinable public init(index: UInt32, generation: UInt32) {
    self.index = index
    self.generation = generation
  }

  /// Never given out.
  @inlinable public static var none: Handle { Handle(index: .max, generation: 0) }
  @inlinable public var isNone: Bool { self.index == .max }

  public var description: String { self.isNone ? "-" : "\(self.index).\(self.generation)" }

  /// Both halves in one integer, for logs, facts and the C interface.
  @inlinable public var raw: UInt64 { UInt64(self.generation) << 32 | UInt64(self.index) }
  @inlinable public init(raw: UInt64) {
    self.init(index: UInt32(truncatingIfNeeded: raw), generation: UInt32(truncatingIfNeeded: raw >> 32))
  }
}

/// One relation between a device and the exchange: in SIP a dialog or the INVITE that may become one.
public typealias LegID = Handle<Leg>
/// One originating half with the terminating halves that came of it.
public typealias CallID = Handle<Call>

/// Values under generational handles: constant time, iteration in slot order, the same in every process.
public struct SlotMap<Value: Sendable>: Sendable {
  @usableFromInline struct Slot: Sendable {
    @usableFromInline var generation: UInt32
    @usableFromInline var value: Value?

    @inlinable init(generation: UInt32, value: Value?) {
      self.generation = generation
      self.value = value
    }
  }
  @usableFromInline var slots: [Slot] = []
  @usableFromInline var free: [UInt32] = []
  @inlinable public var count: Int { self.entries }
  @usableFromInline var entries = 0

  @inlinable public init() {}

  @inlinable public mutating func insert(_ value: Value) -> Handle<Value> {
    self.entries += 1
    if let index = self.free.popLast() {
      self.slots[Int(index)].value = value
      return Handle(index: index, generation: self.slots[Int(index)].generation)
    }
    self.slots.append(Slot(generation: 1, value: value))
    return Handle(index: UInt32(self.slots.count - 1), generation: 1)
  }

  @discardableResult @inlinable
  public mutating func remove(_ handle: Handle<Value>) -> Value? {
    guard self.contains(handle) else { return nil }
    let index = Int(handle.index)
    let value = self.slots[index].value
    self.slots[index].value = nil
    self.slots[index].generation &+= 1
    self.free.append(handle.index)
    self.entries -= 1
    return value
  }

  @inlinable public func contains(_ handle: Handle<Value>) -> Bool {
    Int(handle.index) < self.slots.count && self.slots[Int(handle.index)].generation == handle.generation
      && self.slots[Int(handle.index)].value != nil
  }

  @inlinable public subscript(handle: Handle<Value>) -> Value? {
    guard self.contains(handle) else { return nil }
    return self.slots[Int(handle.index)].value
  }

  /// Changes an entry in place; false when it is no longer there.
  @discardableResult @inlinable
  public mutating func update(_ handle: Handle<Value>, _ body: (inout Value) -> Void) -> Bool {
    guard self.contains(handle) else { return false }
    body(&self.slots[Int(handle.index)].value!)  // `contains` has just proved that the slot is filled
    return true
  }

  /// Puts an entry back where it was before a restart; false when the place is taken, or
  /// further out than a million entries, as only a damaged fact would have it.
  @discardableResult @inlinable
  public mutating func restore(_ value: Value, at handle: Handle<Value>) -> Bool {
    guard handle.index < 1 << 20, handle.generation > 0 else { return false }
    while self.slots.count <= Int(handle.index) {
      self.free.append(UInt32(self.slots.count))
      self.slots.append(Slot(generation: 1, value: nil))
    }
    guard self.slots[Int(handle.index)].value == nil, let position = self.free.lastIndex(of: handle.index) else { return false }
    self.free.remove(at: position)
    self.slots[Int(handle.index)] = Slot(generation: handle.generation, value: value)
    self.entries += 1
    return true
  }

  /// Every entry in slot order.
  @inlinable public func forEach(_ body: (Handle<Value>, Value) -> Void) {
    for index in self.slots.indices {
      if let value = self.slots[index].value {
        body(Handle(index: UInt32(index), generation: self.slots[index].generation), value)
      }
    }
  }
}
