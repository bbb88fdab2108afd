public import Kernel

/// The store as a model: the latest fact of every machine and call, as a process that starts anew would read them.
public struct KeptFacts: Sendable {
  private struct Name: Hashable, Sendable {
    var module: String
    var key: MachineKey
  }
  private var machines: [Name: Fact] = [:]
  private var calls: [CallID: Fact] = [:]

  public init() {}

  public var machineCount: Int { self.machines.count }
  public var callCount: Int { self.calls.count }

  public mutating func keep(_ fact: Fact) {
    switch fact {
    case .machine(let module, let key, let state):
      self.machines[Name(module: module, key: key)] = state == nil ? nil : fact
    case .call(let call, let octets):
      self.calls[call] = octets == nil ? nil : fact
    }
  }

  /// All facts: calls first, in the order of their handles, then machines in the order of their octets, so that hash order
  /// decides nothing.
  public func facts() -> [Fact] {
    let calls = self.calls.sorted { ($0.key.index, $0.key.generation) < ($1.key.index, $1.key.generation) }.map(\.value)
    // order does not matter: what comes out is sorted below
    let machines = self.machines.map { name, fact in
      var key = FactWriter()
      key.put(name.key)
      return (module: name.module, key: key.octets, fact: fact)
    }
    let sorted = machines.sorted {
      $0.module == $1.module ? $0.key.lexicographicallyPrecedes($1.key) : $0.module < $1.module
    }
    return calls + sorted.map(\.fact)
  }
}
