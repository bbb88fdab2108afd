public import Kernel
import Sessions

extension TransactionLayer {
  /// Sends a response and keeps it for repetitions; a 2xx to an INVITE is repeated until it is acknowledged, 64·T1 long.
  ///
  /// A transaction that has its final response, or has ended, sends nothing more: the answer decided first stays.
  /// - `bytes`: the whole response.
  /// - `status`: 100–699, the one in `bytes`.
  /// - Returns: whether it was sent.
  @discardableResult
  public mutating func respond(_ id: ServerTransactionID, _ bytes: [UInt8], status: UInt16, at now: Instant) -> Bool {
    self.advance(to: now)
    guard let index = self.servers.index(of: id.raw), (100...699).contains(status) else { return false }
    switch self.servers[index].machine {
    case .invite:
      let event: InviteServer.Event = status < 200 ? .provisional : status < 300 ? .success : .failure
      return self.stepServer(invite: index, event, response: bytes).contains(.send)
    case .other:
      return self.stepServer(other: index, status < 200 ? .provisional : .final, response: bytes).contains(.send)
    }
  }

  /// The dialog saw the ACK to the 2xx of this INVITE: the 2xx is not repeated any more.
  public mutating func acknowledged(_ id: ServerTransactionID) {
    guard let index = self.servers.index(of: id.raw), case .invite = self.servers[index].machine else { return }
    self.stepServer(invite: index, .acknowledged)
  }

  /// Ends a transaction at once, without timers: for what is answered without state, such as the 401 that challenges
  /// a stranger, which would otherwise be kept for 64·T1 (RFC 3261 §26.3.2.4). The request, if it comes again, is new.
  public mutating func forget(_ id: ServerTransactionID) {
    if let index = self.servers.index(of: id.raw) { self.remove(server: index) }
  }

  /// Remembers the user's number for this transaction; events name it.
  public mutating func setOwner(_ id: ServerTransactionID, _ owner: UInt64) {
    if let index = self.servers.index(of: id.raw) { self.servers[index].owner = owner }
  }

  /// The user's number, 0 until it is set; nil for a transaction that has ended.
  public func owner(of id: ServerTransactionID) -> UInt64? {
    self.servers.index(of: id.raw).map { self.servers[$0].owner }
  }

  /// The flow that the request came by and its responses go by; nil for a transaction that has ended.
  public func flow(of id: ServerTransactionID) -> Flow? {
    self.servers.index(of: id.raw).map { self.servers[$0].flow }
  }

  /// The request's method; nil for a transaction that has ended.
  public func method(of id: ServerTransactionID) -> Method? {
    self.servers.index(of: id.raw).map { self.servers[$0].method }
  }

  /// Whether the transaction still waits for a final response.
  public func isPending(_ id: ServerTransactionID) -> Bool {
    guard let index = self.servers.index(of: id.raw) else { return false }
    return self.isPending(index)
  }

  /// What a CANCEL is to be answered: 200 where its INVITE is known, be it answered already, else 481 (RFC 3261 §9.2).
  public func cancelStatus(of id: ServerTransactionID) -> UInt16 {
    guard let index = self.servers.index(of: id.raw), self.servers[index].cancelStatus != 0 else { return 481 }
    return self.servers[index].cancelStatus
  }

  func isPending(_ index: Int) -> Bool {
    switch self.servers[index].machine {
    case .invite(.trying), .invite(.proceeding), .other(.trying), .other(.proceeding): true
    case .invite(.completed), .invite(.confirmed), .invite(.accepted), .invite(.acknowledged), .invite(.restored),
      .invite(.terminated), .other(.completed), .other(.terminated):
      false
    }
  }

  // MARK: requests that come in

  mutating func receiveRequest(_ request: SIPMessage, from flow: Flow, _ isUrgent: Bool) -> Incoming {
    if request.method == .ack { return self.receiveACK(request) }
    RequestKey.write(request, method: nil, to: &self.keyText)
    let key = Key128(self.keyText, seed: self.seed)
    let found = self.serverKeys.find(key)
    if found != KeyTable.none { return self.receiveAgain(Int(found), from: flow) }
    let makesRoom = isUrgent || request.method == .bye || request.method == .cancel
    guard self.count < (makesRoom ? self.limit &+ self.limit / 8 : self.limit) else {
      self.counters.overloads &+= 1
      return .overload
    }
    let index = self.open(request, key, flow)
    let id = ServerTransactionID(raw: self.servers.id(index))
    return request.method == .cancel ? self.cancel(request, index, id, from: flow) : .request(id)
  }

  private mutating func receiveAgain(_ index: Int, from flow: Flow) -> Incoming {
    self.counters.absorbed &+= 1
    // Restored after a restart: now it is known where the answer goes.
    if self.servers[index].flow == .nowhere { self.servers[index].flow = flow }
    switch self.servers[index].machine {
    case .invite: self.stepServer(invite: index, .retransmission)
    case .other: self.stepServer(other: index, .retransmission)
    }
    return .absorbed
  }

  private mutating func receiveACK(_ request: SIPMessage) -> Incoming {
    RequestKey.write(request, method: .invite, to: &self.keyText)
    let found = self.serverKeys.find(Key128(self.keyText, seed: self.seed))
    guard found != KeyTable.none else { return .ack(owner: nil) }
    if self.stepServer(invite: Int(found), .ack).contains(.report) {
      let owner = self.servers[Int(found)].owner
      return .ack(owner: owner == 0 ? nil : owner)
    }
    self.counters.absorbed &+= 1
    return .absorbed
  }

  private mutating func cancel(
    _ request: SIPMessage, _ index: Int, _ id: ServerTransactionID, from flow: Flow
  ) -> Incoming {
    RequestKey.write(request, method: .invite, to: &self.keyText)
    let found = self.serverKeys.find(Key128(self.keyText, seed: self.seed))
    let isKnown = found != KeyTable.none && self.servers[Int(found)].flow.remote.address == flow.remote.address
    self.servers[index].cancelStatus = isKnown ? 200 : 481
    guard isKnown, self.isPending(Int(found)) else { return .cancel(id, of: nil) }
    return .cancel(id, of: ServerTransactionID(raw: self.servers.id(Int(found))))
  }

  private mutating func open(_ request: SIPMessage, _ key: Key128, _ flow: Flow) -> Int {
    let isInvite = request.method == .invite
    var slot = ServerSlot.vacant
    slot.machine = isInvite ? .invite(.trying) : .other(.trying)
    slot.method = request.method
    slot.key = key
    slot.flow = flow
    if isInvite, self.timing.trying != nil { slot.request = request }
    let index = self.servers.insert(slot)
    self.serverKeys.set(key, UInt32(truncatingIfNeeded: index))
    if isInvite { self.enterServer(invite: index, .trying) } else { self.enterServer(other: index, .trying) }
    return index
  }
}

// MARK: - Over a restart

extension TransactionLayer {
  /// The text that tells a request's transaction from all others, the same in every process: keep it with the answer
  /// (ARCHITECTURE.md rule 7) and give it to `restoreAnswered`. At most some hundred octets; not for people to read.
  public static func requestKey(of request: SIPMessage) -> [UInt8] {
    var text: [UInt8] = []
    RequestKey.write(request, method: nil, to: &text)
    return text
  }

  /// After a restart: a request that was answered before, so that its repetition gets that answer and is not executed
  /// again. Nothing is sent until it comes again, and nothing is reported.
  /// - `key`: of `requestKey(of:)`.
  /// - `response`: the whole final response.
  /// - `until`: when to forget it: 64·T1 after it was given.
  public mutating func restoreAnswered(
    request key: [UInt8], method: Method, response: [UInt8], until: Instant, at now: Instant
  ) {
    self.advance(to: now)
    let hash = Key128(key, seed: self.seed)
    guard until > self.now, self.serverKeys.find(hash) == KeyTable.none else { return }
    var slot = ServerSlot.vacant
    slot.machine = method == .invite ? .invite(.restored) : .other(.completed)
    slot.method = method
    slot.key = hash
    slot.response = response
    let index = self.servers.insert(slot)
    self.serverKeys.set(hash, UInt32(truncatingIfNeeded: index))
    self.arm(server: index, pause: .zero, end: until)
  }
}
