import Kernel
import Sessions

/// What the negotiator is told of a leg, and what it wants done besides SIP.
extension Exchange {
  /// - Parameter binding: the device at the far end; nil for whoever has none.
  func traits(
    of flow: Flow, station: StationNumber?, binding: Binding?, supportsUpdate: Bool, earlyMedia: Bool = false,
    isTrunk: Bool = false
  ) -> LegTraits {
    var traits = LegTraits(
      earlyMedia: earlyMedia, isTrunk: isTrunk, supportsUpdate: supportsUpdate, localAddress: self.advertised(flow).address)
    traits.isPrivate = self.isPrivate(flow.remote.address)
    guard let account = station.flatMap({ self.accounts[$0] }) else { return traits }
    traits.srtp = account.srtp
    traits.keysByInfo = account.dtmfByInfo
    if account.natCheck == .ipAndPort, let binding, Self.hidesBehindNAT(binding) {
      traits.hiddenBehind = binding.flow.remote.address
    }
    return traits
  }

  /// Its Contact names another host than its packets come from (REG-11).
  static func hidesBehindNAT(_ binding: Binding) -> Bool {
    let contact = binding.contact
    guard let uri = SIPURI.parse(Slice(0, contact.count), in: contact), let address = uri.address(in: contact) else {
      return true
    }
    return address != binding.flow.remote.address
  }

  func isPrivate(_ address: IPAddress) -> Bool {
    self.options.privateNetworks.contains { $0.contains(address) }
  }

  /// A phone has refused the first INVITE because of its session description: it is tried once more through the media server
  /// (CALL-11).
  /// - Returns: false when that is no help.
  mutating func triesAgain(_ id: DialogID, _ leg: LegID) -> Bool {
    guard self.negotiator.triesAgain(leg, at: self.now, into: &self.sessions) else { return false }
    self.forgetEarly(id)
    self.dialogs.update(id) {
      $0.phase = .preparing
      $0.earlyTag = []
      $0.names = DialogNames($0.names, remoteTag: [], target: nil, routes: [])
    }
    return true
  }
}
