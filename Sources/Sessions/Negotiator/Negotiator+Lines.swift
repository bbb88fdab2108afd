public import Kernel

// Ports of the media server: asked for when a description needs them, aimed and fed as descriptions and goals change, given back.

extension Session {
  /// One port pair, for one place of the dialog's descriptions.
  struct Line: Sendable {
    let id: ChannelID
    var state: State
    var aim = MediaTarget()
    var feed = MediaFeed.nothing

    enum State: Sendable {
      case opening
      /// The port is that of before a restart, and the phone has been told it.
      case reopening
      case open(MediaPlace)
    }

    var place: MediaPlace? { if case .open(let place) = self.state { place } else { nil } }
  }

  /// The line at a place, if there is one.
  func line(_ place: Int) -> Line? { place < self.lines.count ? self.lines[place] : nil }
}

extension Negotiator {
  /// How far the ports for a description are.
  enum Readiness: Int, Comparable {
    case ready, waiting, unavailable

    static func < (a: Readiness, b: Readiness) -> Bool { a.rawValue < b.rawValue }
  }

  static var mostLines: Int { 4 }

  /// Asks for a port for each place that is wanted and has none.
  mutating func prepare(_ index: Int, _ places: [Int], partner: Int? = nil, into orders: inout [Order]) -> Readiness {
    var readiness = Readiness.ready
    for place in places {
      while self.sessions[index].lines.count <= place { self.sessions[index].lines.append(nil) }
      switch self.sessions[index].lines[place]?.state {
      case .open: continue
      case .opening, .reopening: readiness = .waiting
      case nil:
        guard self.hasChannel(index) else { return .unavailable }
        let partner = partner.flatMap { self.sessions[$0].lines.lazy.compactMap(\.self).first?.id } ?? .none
        self.open(
          index, place, MediaRequest(family: self.sessions[index].traits.localAddress.family, partner: partner), into: &orders)
        readiness = .waiting
      }
    }
    return readiness
  }

  mutating func open(_ index: Int, _ place: Int, _ request: MediaRequest, into orders: inout [Order]) {
    self.lastChannel &+= 1
    let id = ChannelID(self.lastChannel)
    while self.sessions[index].lines.count <= place { self.sessions[index].lines.append(nil) }
    self.sessions[index].lines[place] = Session.Line(id: id, state: request.port == 0 ? .opening : .reopening)
    self.lineLegs[id] = self.sessions[index].leg
    self.openLines += 1
    if self.sessions[index].lines.count(where: { $0 != nil }) == 1 { self.openChannels += 1 }
    orders.append(.media(.open(id, request)))
  }

  /// Gives the leg's ports back.
  mutating func closeLines(_ index: Int, into orders: inout [Order]) {
    guard !self.sessions[index].lines.isEmpty else { return }
    for place in self.sessions[index].lines.indices { self.closeLine(index, place, into: &orders) }
    self.sessions[index].lines.removeAll()
  }

  private mutating func closeLine(_ index: Int, _ place: Int, into orders: inout [Order]) {
    guard let line = self.sessions[index].lines[place] else { return }
    self.sessions[index].lines[place] = nil
    self.forget(index, line.id)
    orders.append(.media(.close(line.id)))
  }

  /// A leg that uses the media server takes one channel, whatever number of lines it has.
  func hasChannel(_ index: Int) -> Bool {
    self.openChannels < self.media.channels || self.sessions[index].lines.contains { $0 != nil }
  }

  private mutating func forget(_ index: Int, _ id: ChannelID) {
    self.lineLegs[id] = nil
    self.openLines -= 1
    if !self.sessions[index].lines.contains(where: { $0 != nil }) { self.openChannels -= 1 }
  }

  // MARK: What the media server says

  /// The media server reports something. What it leads to is appended to `orders`.
  public mutating func heard(_ event: MediaEvent, at now: Instant, into orders: inout [Order]) {
    switch event {
    case .opened(let id, let place):
      guard let (index, slot) = self.line(id) else { return }
      self.sessions[index].lines[slot]?.state = .open(place)
      self.portsKnown(index, at: now, into: &orders)
    case .failed(let id, _):
      guard let (index, slot) = self.line(id) else { return }
      self.refused(index, slot, at: now, into: &orders)
    case .finished(let id, let feed):
      // One that crossed a new wish is over for nobody.
      guard let (index, place) = self.line(id), self.sessions[index].line(place)?.feed == feed else { return }
      orders.append(.played(self.sessions[index].leg))
    case .recorded(_, let done): orders.append(.recorded(done))
    case .pressed(let id, let key, let duration):
      guard let (index, _) = self.line(id) else { return }
      self.pressed(index, key, duration, into: &orders)
    case .learned: break
    }
  }

  private func line(_ id: ChannelID) -> (index: Int, place: Int)? {
    guard let leg = self.lineLegs[id], let index = self.index(of: leg),
      let place = self.sessions[index].lines.firstIndex(where: { $0?.id == id })
    else { return nil }
    return (index, place)
  }

  private mutating func portsKnown(_ index: Int, at now: Instant, into orders: inout [Order]) {
    let waiters = self.sessions[index].waiters
    if !waiters.isEmpty {
      self.sessions[index].waiters.removeAll()
      for waiter in waiters {
        if let other = self.index(of: waiter) { self.call(other, at: now, into: &orders) }
      }
    }
    if case .waiting = self.sessions[index].phase { self.call(index, at: now, into: &orders) }
    self.settle(index, at: now, into: &orders)
  }

  /// No port. After a restart another one may do, of which the phone must be told.
  private mutating func refused(_ index: Int, _ place: Int, at now: Instant, into orders: inout [Order]) {
    guard let line = self.sessions[index].lines[place] else { return }
    self.sessions[index].lines[place] = nil
    self.forget(index, line.id)
    if case .reopening = line.state {
      self.sessions[index].fact = .unknown
      return self.settle(index, at: now, into: &orders)
    }
    self.withoutPorts(index, at: now, into: &orders)
  }

  /// The media server cannot take this leg now: what needs it fails (MED-2), music and tones become silence.
  mutating func withoutPorts(_ index: Int, at now: Instant, into orders: inout [Order]) {
    self.sessions[index].isUnserved = true
    for waiter in self.sessions[index].waiters {
      if let other = self.index(of: waiter) { self.cannotCall(other, into: &orders) }
    }
    self.sessions[index].waiters.removeAll()
    if case .waiting = self.sessions[index].phase { return self.cannotCall(index, into: &orders) }
    if case .with? = self.sessions[index].goal {
      self.fail(index, .noChannel, at: now, into: &orders)
      // What the phone itself wants does not come about; it keeps what it has.
      if case .asked = self.sessions[index].phase { return self.refuse(index, .notAcceptableHere, nil, at: now, into: &orders) }
      if case .owing = self.sessions[index].phase { return self.answerSilently(index, at: now, into: &orders) }
      guard self.sessions[index].report == .failed else { return }
    }
    // A caller who would hear nothing of what it called for is the kernel's to refuse.
    if case .invited = self.sessions[index].phase, self.sessions[index].goal?.needsServer ?? false {
      return self.report(index, at: now, into: &orders)
    }
    self.settle(index, at: now, into: &orders)
  }

  /// An outgoing leg that was to be called through the media server.
  mutating func cannotCall(_ index: Int, into orders: inout [Order]) {
    guard case .waiting = self.sessions[index].phase else { return }
    self.endCalling(index)
    self.enter(index, .over)
    self.sessions[index].report = .failed
    orders.append(.joinFailed(self.sessions[index].leg, .noChannel))
  }

  // MARK: Keys (MED-4)

  private mutating func pressed(_ index: Int, _ key: UInt8, _ duration: Interval, into orders: inout [Order]) {
    guard let peer = self.peer(of: index) else { return orders.append(.pressed(self.sessions[index].leg, key: key)) }
    if self.sessions[peer].traits.keysByInfo {
      orders.append(.inform(self.sessions[peer].leg, key: key, duration: duration))
    } else {
      self.press(peer, key, duration, into: &orders)
    }
  }

  /// A key that the phone sent as INFO. False when the INFO is to be passed on as it is.
  public mutating func pressedByInfo(_ leg: LegID, key: UInt8, duration: Interval, into orders: inout [Order]) -> Bool {
    guard let index = self.index(of: leg) else { return false }
    guard let peer = self.peer(of: index) else {
      orders.append(.pressed(leg, key: key))
      return true
    }
    guard !self.sessions[peer].traits.keysByInfo, !self.sessions[peer].lines.isEmpty else { return false }
    self.press(peer, key, duration, into: &orders)
    return true
  }

  private func press(_ index: Int, _ key: UInt8, _ duration: Interval, into orders: inout [Order]) {
    guard let line = self.sessions[index].line(self.audioPlace(index)), line.place != nil else { return }
    orders.append(.media(.press(line.id, key: key, duration: duration)))
  }
}
