import Kernel
import Sessions

/// Stations of the host, and the legs of their calls.
struct HostedLegs: Sendable {
  /// By the kernel's leg slot.
  private var slots: [HostedLeg?] = []
  /// Whose device it is, by the number of ``DeviceID/hosted(_:)``; nil where it has been detached.
  private var owners: [StationNumber?] = []
  private var vacant: [Int] = []
  private var devices: [StationNumber: [DeviceID]] = [:]
  private(set) var count = 0

  subscript(leg: LegID) -> HostedLeg? {
    guard !leg.isNone, Int(leg.index) < self.slots.count, let found = self.slots[Int(leg.index)],
      found.leg == leg
    else {
      return nil
    }
    return found
  }

  mutating func add(_ leg: HostedLeg) {
    while self.slots.count <= Int(leg.leg.index) { self.slots.append(nil) }
    if self.slots[Int(leg.leg.index)] == nil { self.count += 1 }
    self.slots[Int(leg.leg.index)] = leg
  }

  mutating func update(_ leg: LegID, _ body: (inout HostedLeg) -> Void) {
    guard var found = self[leg] else { return }
    body(&found)
    self.slots[Int(leg.index)] = found
  }

  mutating func remove(_ leg: LegID) {
    guard self[leg] != nil else { return }
    self.slots[Int(leg.index)] = nil
    self.count -= 1
  }

  /// In slot order.
  func legs(of device: DeviceID) -> [LegID] {
    self.slots.compactMap { $0.flatMap { $0.device == device ? $0.leg : nil } }
  }

  var all: [LegID] { self.slots.compactMap { $0?.leg } }

  // MARK: Devices

  mutating func attach(_ station: StationNumber) -> DeviceID {
    let index = self.vacant.popLast() ?? self.owners.count
    if index < self.owners.count {
      self.owners[index] = station
    } else {
      self.owners.append(station)
    }
    let device = DeviceID.hosted(UInt64(index))
    self.devices[station, default: []].append(device)
    return device
  }

  mutating func detach(_ device: DeviceID) {
    guard let index = self.index(of: device), let station = self.owners[index] else { return }
    self.owners[index] = nil
    self.vacant.append(index)
    let left = (self.devices[station] ?? []).filter { $0 != device }
    self.devices[station] = left.isEmpty ? nil : left
  }

  func station(of device: DeviceID) -> StationNumber? {
    self.index(of: device).flatMap { self.owners[$0] }
  }

  /// Oldest first.
  func devices(of station: StationNumber) -> [DeviceID] { self.devices[station] ?? [] }

  private func index(of device: DeviceID) -> Int? {
    guard device.isHosted, let index = Int(exactly: device.rawValue & ~(1 << 63)),
      index < self.owners.count
    else { return nil }
    return index
  }
}

/// A leg whose far end is a station of the host.
struct HostedLeg: Sendable {
  /// How far the call is. Cases carry what exists then only.
  enum State: Sendable {
    /// The station has dialled and waits for an answer.
    case dialling(HostedVoice)
    /// It is to be rung, as soon as it is known what to offer it.
    case preparing(Alert)
    /// It rings; the offer that its answer will answer, nil where it makes one itself.
    case ringing(offer: [UInt8]?)
    /// Its user has answered, and its codecs did not fit: another offer is on its way.
    case answering(HostedVoice)
    case talking(HostedVoice, Change)
  }

  /// Hold or resume, which the party has to be told of.
  enum Change: Sendable {
    case none
    case asked(before: Bool)
    /// The user has changed his mind while the party was being told.
    case overtaken(before: Bool, wanted: Bool)
  }

  let leg: LegID
  let station: StationNumber
  let device: DeviceID
  /// Number of the call in this process, for the ladder.
  let call: UInt64
  /// As people may read it; empty for a station that is called.
  var dialled = Digits()
  var state: State
}
