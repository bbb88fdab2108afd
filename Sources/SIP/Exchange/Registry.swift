import Kernel
import Sessions

/// Which devices are registered for which station, oldest first (REG-10, REG-13).
struct Registry: Sendable {
  private(set) var bindings: [Int64: Binding] = [:]
  private var devices: [StationNumber: [Int64]] = [:]
  var timers: [Int64: TimerHandle] = [:]
  /// How many devices are reached at each address over UDP.
  private var places: [SocketAddress: Int] = [:]
  /// The next binding's number; grows across restarts.
  var nextID: Int64 = 1

  func devices(of station: StationNumber) -> [Int64] { self.devices[station] ?? [] }

  func binding(_ id: Int64) -> Binding? { self.bindings[id] }

  func bindings(of station: StationNumber) -> [Binding] {
    self.devices(of: station).compactMap { self.bindings[$0] }
  }

  /// Stations with at least one device (REG-4).
  var registeredStations: Int { self.devices.count }

  /// Whether a device has registered over UDP from exactly there.
  func isReached(at place: SocketAddress) -> Bool { self.places[place] != nil }

  mutating func put(_ binding: Binding) {
    if let former = self.bindings.updateValue(binding, forKey: binding.id) {
      self.leave(former)
    } else {
      self.devices[binding.station, default: []].append(binding.id)
    }
    if binding.flow.kind == .udp { self.places[binding.flow.remote, default: 0] += 1 }
    self.nextID = max(self.nextID, binding.id &+ 1)
  }

  @discardableResult
  mutating func remove(_ id: Int64) -> Binding? {
    guard let binding = self.bindings.removeValue(forKey: id) else { return nil }
    self.leave(binding)
    var left = self.devices[binding.station] ?? []
    left.removeAll { $0 == id }
    self.devices[binding.station] = left.isEmpty ? nil : left
    return binding
  }

  private mutating func leave(_ binding: Binding) {
    guard binding.flow.kind == .udp, let count = self.places[binding.flow.remote] else { return }
    self.places[binding.flow.remote] = count > 1 ? count - 1 : nil
  }

  /// The device of `station` that a request from `flow` comes from: same connection or same client certificate, or on UDP the
  /// same address, and of several the same port first (CALL-5). Nil where none registered from there.
  func device(of station: StationNumber, at flow: Flow) -> Binding? {
    var sameAddress: Binding?
    for id in self.devices(of: station) {
      guard let binding = self.bindings[id], binding.flow.kind == flow.kind else { continue }
      if flow.kind.isReliable {
        if binding.flow.connection == flow.connection, binding.flow.connection != 0 { return binding }
        if case .certificate = flow.peer, binding.flow.peer == flow.peer { return binding }
        // Who showed a certificate when he registered is known by it, not by an address that he may share.
        if binding.flow.remote.address == flow.remote.address, binding.flow.peer == flow.peer { sameAddress = binding }
        continue
      }
      guard binding.flow.remote.address == flow.remote.address else { continue }
      if binding.flow.remote.port == flow.remote.port { return binding }
      if sameAddress == nil { sameAddress = binding }
    }
    return sameAddress
  }
}
