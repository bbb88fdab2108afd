public import Kernel
public import SIP
public import Sessions

/// A telephone of the host (the manual's digital phones) at an exchange without sockets: keeps what the exchange orders, rings at once, and
/// does what its owner says by ``Network/act(_:of:call:)``. What it did not expect it notes.
public struct HostedStation: Sendable {
  public enum State: Sendable, Equatable { case calling, ringing, connected, ended }

  /// One call of this station; its place in `calls` names it.
  public struct Call: Sendable {
    public let leg: LegID
    public internal(set) var state: State
    /// Where it listens.
    public let voice: HostedVoice
    /// Where its voice goes to and comes from; nil before that is known.
    public internal(set) var target: MediaTarget?
    /// Who calls, and why; nil for a call of its own.
    public internal(set) var ring: HostedCall?
    public internal(set) var progress: [Directive.Progress] = []
    /// How what it has dialled came out, when it was not answered.
    public internal(set) var outcome: HostedOutcome?
    /// Why it was released.
    public internal(set) var cause: Cause?
    public internal(set) var hears: Goal?
    /// Whom it was told to show.
    public internal(set) var shown = Digits()
    public internal(set) var reports: [TransferReport] = []
    public internal(set) var keys: [UInt8] = []
    /// Holds and resumes that the party could not be told of.
    public internal(set) var unchanged: [Status] = []
  }

  public let number: String
  public let device: DeviceID
  public internal(set) var calls: [Call] = []
  public internal(set) var complaints: [String] = []
  /// It says nothing when it is called: the cable is out.
  public var isDeaf = false
  /// What the voice of its next calls may be in, most wanted first.
  public var codecs: [HostedVoice.Codec] = [.pcma, .pcmu]
  let address: IPAddress
  var nextPort: UInt16 = 30_000

  init(number: String, device: DeviceID, address: IPAddress) {
    self.number = number
    self.device = device
    self.address = address
  }

  /// Each call has a port of its own.
  mutating func voice() -> HostedVoice? {
    defer { self.nextPort += 2 }
    return HostedVoice(
      address: SocketAddress(self.address, port: self.nextPort), codecs: self.codecs)
  }

  /// - Returns: whether it rings now.
  mutating func take(_ order: HostedOrder) -> Bool {
    if case .ring(let leg, let call) = order {
      guard call.device == self.device, let voice = self.voice() else { return false }
      self.calls.append(Call(leg: leg, state: .ringing, voice: voice))
      self.calls[self.calls.count - 1].ring = call
      return !self.isDeaf
    }
    guard let index = self.calls.lastIndex(where: { $0.leg == order.leg }) else {
      self.complaints.append("\(self.number): \(order) for a leg that it does not know")
      return false
    }
    if self.calls[index].state == .ended {
      self.complaints.append("\(self.number): \(order) after the end")
    }
    switch order {
    case .ring: break
    case .progress(_, let progress): self.calls[index].progress.append(progress)
    case .answered:
      if self.calls[index].state != .calling {
        self.complaints.append("\(self.number): answered, was \(self.calls[index].state)")
      }
      self.calls[index].state = .connected
    case .finished(_, let outcome):
      self.calls[index].outcome = outcome
      self.calls[index].state = .ended
    case .released(_, let cause):
      self.calls[index].cause = cause
      self.calls[index].state = .ended
    case .voice(_, let target): self.calls[index].target = target
    case .hears(_, let goal): self.calls[index].hears = goal
    case .present(_, let number): self.calls[index].shown = number
    case .transfer(_, let report): self.calls[index].reports.append(report)
    case .key(_, let key, _): self.calls[index].keys.append(key)
    case .unchanged(_, _, let status): self.calls[index].unchanged.append(status)
    }
    return false
  }
}

extension Network {
  /// Adds a hosted station to the exchange.
  public mutating func attach(_ number: String, address: IPAddress = IPAddress(127, 0, 2, 1)) {
    guard let station = StationNumber(number) else { return }
    let device = self.exchange.attach(station, at: self.now)
    self.stations.append(HostedStation(number: number, device: device, address: address))
    self.post()
  }

  /// Takes it away, as it is.
  public mutating func detach(_ number: String) {
    guard let index = self.stations.firstIndex(where: { $0.number == number }) else { return }
    let device = self.stations.remove(at: index).device
    self.exchange.detach(device, at: self.now)
    self.post()
  }

  public func station(_ number: String) -> HostedStation? {
    self.stations.first { $0.number == number }
  }

  /// Its user dials.
  /// - Returns: the place of the call; nil where it was refused.
  @discardableResult
  public mutating func dial(_ digits: String, hosted number: String, replacing: LegID = .none)
    -> Int?
  {
    guard let index = self.stations.firstIndex(where: { $0.number == number }),
      let digits = Digits(digits),
      let voice = self.stations[index].voice()
    else { return nil }
    let device = self.stations[index].device
    guard
      let leg = try? self.exchange.dial(
        digits, from: device, voice: voice, replacing: replacing, at: self.now)
    else {
      self.post()
      return nil
    }
    self.stations[index].calls.append(HostedStation.Call(leg: leg, state: .calling, voice: voice))
    let call = self.stations[index].calls.count - 1
    self.post()
    return call
  }

  /// Its user does something with one of its calls; nil for the voice of an answer, which each call has.
  /// - Returns: false where the exchange does not take it.
  @discardableResult
  public mutating func act(_ event: HostedEvent, of number: String, call: Int) -> Bool {
    guard let index = self.stations.firstIndex(where: { $0.number == number }),
      self.stations[index].calls.indices.contains(call)
    else { return false }
    let found = self.stations[index].calls[call]
    let isTaken = self.exchange.report(event, of: found.leg, at: self.now)
    switch event {
    case .answered where isTaken: self.stations[index].calls[call].state = .connected
    case .hungUp where isTaken, .refused where isTaken, .redirected where isTaken:
      self.stations[index].calls[call].state = .ended
    default: break
    }
    self.post()
    return isTaken
  }

  /// It goes off hook.
  public mutating func answer(hosted number: String, call: Int) {
    guard let found = self.station(number)?.calls, found.indices.contains(call) else { return }
    self.act(.answered(found[call].voice), of: number, call: call)
  }

  /// Hands the exchange's orders to the stations they are for.
  mutating func carryOut(_ orders: [HostedOrder]) {
    for order in orders {
      let index =
        if case .ring(_, let call) = order {
          self.stations.firstIndex { $0.device == call.device }
        } else {
          self.stations.firstIndex { $0.calls.contains { $0.leg == order.leg } }
        }
      guard let index else {
        self.lostOrders.append("\(order)")
        continue
      }
      if self.stations[index].take(order) {
        self.exchange.report(.alerting, of: order.leg, at: self.now)
      }
    }
  }
}
