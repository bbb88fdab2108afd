internal import CStrowger
internal import Kernel
internal import ModuleBridge

/// A fact as a host keeps it: a row under a key, both without meaning to it.
struct FactRow: Equatable {
  /// 0 and a call's handle, or 1, a module's name and its machine's key.
  var key: [UInt8]
  /// Nil: the row under this key goes.
  var row: [UInt8]?

  /// No fact is as large; more is rubbish.
  static let largest = 1 << 20

  init(key: [UInt8], row: [UInt8]?) {
    self.key = key
    self.row = row
  }

  init(_ fact: Fact) {
    var key = FactWriter()
    switch fact {
    case .call(let call, let octets):
      key.put(UInt8(0))
      key.put(call)
      self.init(key: key.octets, row: octets)
    case .machine(let module, let machine, let state):
      key.put(UInt8(1))
      key.put(module)
      key.put(machine)
      self.init(key: key.octets, row: state)
    }
  }

  /// Nil when it is none.
  var fact: Fact? {
    guard let row = self.row, row.count <= Self.largest else { return nil }
    var key = FactReader(self.key)
    switch key.octet() {
    case 0:
      guard let call = key.handle(Call.self), key.isAtEnd else { return nil }
      return .call(call, row)
    case 1:
      guard let module = key.text(), let machine = key.machineKey(), key.isAtEnd else { return nil }
      return .machine(module: module, key: machine, state: row)
    default: return nil
    }
  }
}

extension FactRow {
  /// What a host gives back, and how many of its rows cannot be read.
  static func facts(_ rows: UnsafePointer<strowger_fact>?, _ count: Int) throws(Refusal) -> ([Fact], unreadable: Int) {
    guard count != 0 else { return ([], 0) }
    guard count > 0 else { throw .range }
    guard let rows else { throw .null }
    // All are as large as the first says: the host's array has its own step.
    let step = Int(UnsafeRawPointer(rows).loadUnaligned(as: UInt32.self))
    var facts: [Fact] = []
    for index in 0..<count {
      let place = (UnsafeRawPointer(rows) + index * step).assumingMemoryBound(to: strowger_fact.self)
      let row = try strowger_fact.read(place)
      guard let key = row.key, let octets = row.row, row.key_length <= Self.largest, row.row_length <= Self.largest else {
        continue
      }
      let kept = FactRow(
        key: Array(UnsafeBufferPointer(start: key, count: row.key_length)),
        row: Array(UnsafeBufferPointer(start: octets, count: row.row_length)))
      if let fact = kept.fact { facts.append(fact) }
    }
    return (facts, count - facts.count)
  }
}
