import Kernel

/// What comes from and goes to the outside: trunks, authorisation codes, classes of service.
extension Explorer {
  /// Codes that the host knows in every exploration, and whose they are.
  static let authorizations: [(code: Digits, authorization: Authorization)] = [
    ("123456", Authorization(label: "Strowger", className: "all")), ("654321", Authorization(label: "Keith")),
    ("111111", Authorization(label: "nobody", className: "internal")),
  ]

  /// Somebody outside calls, as far as his trunk would let him.
  mutating func callIn() {
    guard let trunk = self.random.pick(Array(self.exchange.kernel.world.trunks.indices)) else { return }
    let state = self.exchange.kernel.world.trunks[trunk]
    guard state.isUp, state.hasChannel else { return }
    let entry = self.plan.trunks.first { $0.name == state.name }
    var number = self.random.pick(self.stations)?.digits ?? Digits()
    if !self.random.once(in: 3), let inward = self.random.pick(entry?.inward ?? []) { number = inward.digits }
    if self.random.once(in: 8) { number = self.number() }
    self.exchange.dial(number, from: .trunk(Int32(truncatingIfNeeded: trunk), self.outsideNumber()))
  }

  mutating func outsideNumber() -> Digits { self.random.once(in: 2) ? "0412345678" : "0398765432" }

  /// A number behind one of the ways out, or the emergency number.
  mutating func wayOut() -> Digits? {
    if self.random.once(in: 10), let emergency = self.random.pick(self.plan.emergency) { return emergency.digits }
    let codes = self.plan.trunkGroups.map(\.code) + self.plan.routes.map(\.code)
    guard let code = self.random.pick(codes) else { return nil }
    return code.appending(self.outsideNumber())
  }

  /// A trunk comes or goes; calls over it are the host's business.
  mutating func changeTrunk() {
    guard let trunk = self.random.pick(self.exchange.kernel.world.trunks) else { return }
    self.exchange.ladder?.remark("trunk \(trunk.name) is \(trunk.isUp ? "down" : "up")", at: self.exchange.now)
    self.exchange.receive(.trunk(trunk.name, isUp: !trunk.isUp))
  }

  /// What is dialled behind an authorisation's code: a code of so many digits, mostly a valid one, and a number.
  mutating func authorized(_ secrets: Int) -> Digits {
    var code = Digits()
    if !self.random.once(in: 3), let known = self.random.pick(Self.authorizations) {
      code = known.code
    } else {
      for _ in 0..<secrets { code.append(symbol: UInt8(self.random.below(10))) }
    }
    return code.appending(self.wayOut() ?? self.number()) ?? code
  }

  mutating func settings(of station: StationNumber, changed: Bool) -> StationSettings {
    var settings = Self.settings(of: station)
    guard changed else { return settings }
    settings.mailbox = !self.random.once(in: 4)
    settings.onHookTransfer = self.random.once(in: 2)
    settings.pickupGroup = self.random.once(in: 2) ? nil : 1 + self.random.below(2)
    settings.className = self.exchange.kernel.world.station(station)?.settings.className
    // Whoever was allowed a call when he made it goes on with it, whatever becomes of his class of service.
    if !self.plan.classes.isEmpty, !self.pays(station), self.random.once(in: 3) {
      settings.className = self.random.pick(self.plan.classes)?.name
    }
    if let code = self.random.pick(self.plan.trunkGroups)?.code, self.random.once(in: 3) {
      settings.insertedCode = code
      settings.insertion = self.random.once(in: 2) ? .incoming : .outgoing
    }
    return settings
  }

  private func pays(_ station: StationNumber) -> Bool {
    var pays = false
    self.exchange.kernel.world.forEachCall { _, call in pays = pays || call.payer == station.digits }
    return pays
  }
}
