import Kernel
import SIP
import Sessions

/// What owners of telephones may think of.
extension SIPExplorer {
  mutating func move() {
    let index = Int(self.network.draw(UInt64(self.network.phones.count)))
    if self.isTalkative, self.network.draw(4) > 0 { return self.talk(index) }
    let choice = self.network.draw(112)
    switch choice {
    case 0..<22: self.dial(index)
    case 22..<27: self.onCall(index, "rings", .offered) { $0.ring($1, at: $2) }
    case 27..<30: self.onCall(index, "sends 183", .offered) { $0.progress($1, hasSDP: true, at: $2) }
    case 30..<54: self.onCall(index, "answers", .offered) { $0.answer($1, at: $2) }
    case 54..<58: self.refuse(index)
    case 58..<70: self.hangUp(index)
    case 70..<76: self.hold(index)
    case 76..<82: self.onCall(index, "resumes", .connected) { $0.hold($1, false, at: $2) }
    case 82..<84: self.onCall(index, "re-INVITEs without an offer", .connected) { $0.reinviteWithoutOffer($1, at: $2) }
    case 84..<86: self.onCall(index, "sends UPDATE", .connected) { $0.update($1, isHeld: $0.calls[$1].isHeldByUs, at: $2) }
    case 86..<89: self.onCall(index, "sends INFO", .connected) { $0.request(.info, $1, body: Array("Signal=5\r\n".utf8), at: $2) }
    case 89..<91: self.onCall(index, "asks OPTIONS", .connected) { $0.request(.options, $1, at: $2) }
    case 91..<94: self.register(index, expires: 600)
    case 94..<95: self.register(index, expires: 0)
    case 95..<96: self.unplug(index)
    case 96..<99: self.hold(index)
    case 99..<102: self.onCall(index, "listens elsewhere", .connected) { $0.move($1, at: $2) }
    case 102..<105: self.press(index)
    case 105..<108: self.partWays(index)
    default: self.garbage(index)
    }
    // Mostly at once, sometimes long enough for timers of every kind.
    let pauses: [UInt64] = [0, 1, 20, 200, 700, 3_000, 6_000, 20_000, 45_000]
    let bound = self.network.draw(20) < 17 ? 6 : UInt64(pauses.count)
    self.network.advance(by: .milliseconds(Int64(self.network.draw(1 + pauses[Int(self.network.draw(bound))]))))
  }

  private mutating func talk(_ index: Int) {
    switch self.network.draw(40) {
    case 0..<8: self.dial(index)
    case 8..<18: self.onCall(index, "answers", .offered) { $0.answer($1, at: $2) }
    case 18..<22: self.hold(index)
    case 22..<28: self.onCall(index, "resumes", .connected) { $0.hold($1, false, at: $2) }
    case 28..<30: self.onCall(index, "listens elsewhere", .connected) { $0.move($1, at: $2) }
    case 30..<32: self.onCall(index, "re-INVITEs without an offer", .connected) { $0.reinviteWithoutOffer($1, at: $2) }
    case 32..<34: self.onCall(index, "sends UPDATE", .connected) { $0.update($1, isHeld: $0.calls[$1].isHeldByUs, at: $2) }
    case 34..<36: self.press(index)
    case 36..<37: self.onCall(index, "hangs up", .connected) { $0.hangUp($1, at: $2) }
    case 37..<38: self.partWays(index)
    default: self.onCall(index, "sends 183", .offered) { $0.progress($1, hasSDP: true, at: $2) }
    }
    self.network.advance(by: .milliseconds(Int64(self.network.draw(self.network.draw(2) == 0 ? 3 : 400))))
  }

  private mutating func does(_ index: Int, _ what: String) {
    self.actions.append("\(self.clock) \(self.network.phones[index].number)/\(index) \(what)")
  }

  private mutating func dial(_ index: Int) {
    let stations: [String] = (1...8).map { "200\($0)" }
    let others = [
      "*98", "*98", "6012999", "6022999", "2999", "401", "400", "6012003", "6022004", "6032005", "6042001", "600", "601", "60",
      "4", "9999", "20", "402", "*", "60120012001",
    ]
    let mailbox = ["*98", "*98", "6012999", "6022999", "600"]
    let choices =
      self.isTalkative && self.network.draw(4) == 0 ? mailbox : self.network.draw(16) == 0 ? others : stations
    let digits = choices[Int(self.network.draw(UInt64(choices.count)))]
    let isOfferless = self.network.draw(8) == 0
    self.does(index, "dials \(digits)\(isOfferless ? " without an offer" : "")")
    self.network.with(at: index) { $0.dial(digits, offer: isOfferless ? [] : nil, at: $1) }
  }

  /// Something done on a call in some state, where the telephone has one.
  private mutating func onCall(
    _ index: Int, _ what: String, _ state: Phone.CallState, _ body: (inout Phone, Int, Instant) -> Void
  ) {
    // Whoever is drawn may have no such call: somebody else does it then, or the move would mostly be wasted.
    let count = self.network.phones.count
    for offset in 0..<count {
      let phone = (index + offset) % count
      let calls = self.network.phones[phone].calls.filter { $0.state == state }
      guard !calls.isEmpty else { continue }
      let call = calls[Int(self.network.draw(UInt64(calls.count)))].id
      self.does(phone, "\(what) call \(call)")
      return self.network.with(at: phone) { body(&$0, call, $1) }
    }
  }

  private mutating func hold(_ index: Int) {
    let form = Phone.HoldForm.allCases[Int(self.network.draw(3))]
    self.onCall(index, "holds (\(form))", .connected) { $0.hold($1, true, form: form, at: $2) }
  }

  /// A key of somebody whose voice the media server has.
  private mutating func press(_ index: Int) {
    let key = UInt8(self.network.draw(12))
    if self.network.draw(2) == 0 {
      let body = Array("Signal=\(key == 10 ? "*" : key == 11 ? "#" : "\(key)")\r\nDuration=160\r\n".utf8)
      return self.onCall(index, "sends key \(key)", .connected) { $0.request(.info, $1, body: body, at: $2) }
    }
    let channels = self.network.media.channels.filter { $0.value.target.reportsKeys || $0.value.feed.listens }
    let ids = channels.keys.sorted { $0.rawValue < $1.rawValue }
    guard !ids.isEmpty else { return }
    let id = ids[Int(self.network.draw(UInt64(ids.count)))]
    self.actions.append("\(self.clock) channel \(id.rawValue) hears key \(key)")
    self.network.hear(.pressed(id, key: key, duration: .milliseconds(160)))
  }

  /// Both parties of a call hang up at once.
  private mutating func partWays(_ index: Int) {
    var peer: LegID?
    let exchange = self.network.exchange
    self.onCall(index, "and its peer hang up", .connected) { phone, call, now in
      peer = exchange.listening(callID: phone.calls[call].callID, tag: phone.calls[call].remoteTag)?.peer
      phone.hangUp(call, at: now)
    }
    guard let peer else { return }
    for other in self.network.phones.indices {
      for call in self.network.phones[other].calls where call.state == .connected {
        guard exchange.listening(callID: call.callID, tag: call.remoteTag)?.leg == peer else { continue }
        self.network.with(at: other) { $0.hangUp(call.id, at: $1) }
      }
    }
  }

  private mutating func refuse(_ index: Int) {
    let statuses: [UInt16] = [302, 302, 302, 301, 401, 404, 407, 408, 480, 486, 487, 488, 491, 500, 503, 600, 603, 699, 300]
    let status = statuses[Int(self.network.draw(UInt64(statuses.count)))]
    let target = "200\(1 + self.network.draw(8))"
    self.onCall(index, "refuses with \(status)", .offered) { phone, call, now in
      if status / 100 == 3 {
        phone.refuse(call, status, contact: "<sip:\(target)@127.0.0.1>", at: now)
      } else {
        phone.refuse(call, status, at: now)
      }
    }
  }

  private mutating func hangUp(_ index: Int) {
    let states: [Phone.CallState] = [.calling, .ringing, .connected, .connected, .offered]
    self.onCall(index, "hangs up", states[Int(self.network.draw(UInt64(states.count)))]) { $0.hangUp($1, at: $2) }
  }

  private mutating func register(_ index: Int, expires: UInt32) {
    self.does(index, "registers for \(expires) s")
    self.network.with(at: index) { $0.register(expires: expires, at: $1) }
  }

  private mutating func unplug(_ index: Int) {
    let isDeaf = !self.network.phones[index].isDeaf
    self.does(index, isDeaf ? "loses its cable" : "gets its cable back")
    self.network.with(at: index) { phone, _ in phone.isDeaf = isDeaf }
  }

  /// A copy of something sent before, whole or cut, from its own address or another's.
  private mutating func garbage(_ index: Int) {
    let sent = self.network.trace
    guard !sent.isEmpty else { return }
    var bytes = sent[Int(self.network.draw(UInt64(sent.count)))].bytes
    if self.network.draw(3) == 0 { bytes = Array(bytes.prefix(Int(self.network.draw(UInt64(bytes.count))))) }
    self.repeated.insert(Self.value(of: "branch=", in: bytes))
    self.repeated.insert(Self.value(of: "Call-ID: ", in: bytes))
    // What looks like an answer comes from a stranger: nobody else's may be believed.
    let isAnswer = bytes.starts(with: Array("SIP/2.0".utf8))
    let address =
      isAnswer || self.network.draw(3) == 0
      ? SocketAddress(IPAddress(127, 0, 9, 9), port: 5070) : self.network.phones[index].address
    self.does(index, "repeats \(bytes.count) octets of old, from \(address)")
    self.network.inject(bytes, from: address)
  }

  /// What stands behind `name` in a text that need not be a message.
  static func value(of name: String, in bytes: [UInt8]) -> [UInt8] {
    let name = Array(name.utf8)
    guard bytes.count > name.count,
      let start = bytes.indices.dropLast(name.count).first(where: { bytes[$0...].starts(with: name) })
    else { return [] }
    return Array(bytes[(start + name.count)...].prefix { $0 != 0x3b && $0 != 0x0d && $0 != 0x2c })
  }
}
