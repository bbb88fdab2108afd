public import Kernel
import Sessions

extension TransactionLayer {
  /// Sends a request and takes care of it: repeats it on UDP, acknowledges the refusal of an INVITE, times out.
  ///
  /// An ACK is no transaction: do not send it here. A CANCEL carries its INVITE's branch and by that gives the INVITE 64·T1
  /// from now to end (RFC 3261 §9.1); send it only once `hasProvisional` of the INVITE.
  /// - `bytes`: the whole request, with the branch in its top Via.
  /// - `branch`: the hash of that branch's text, cookie included, by `seed`.
  /// - `owner`: the user's number; responses and events name it.
  public mutating func send(
    _ bytes: [UInt8], method: Method, branch: Key128, to flow: Flow, owner: UInt64, at now: Instant
  ) -> ClientTransactionID {
    self.advance(to: now)
    var slot = ClientSlot.vacant
    slot.machine = method == .invite ? .invite(.calling) : .other(.trying)
    slot.key = branch.mixed(with: UInt64(method.rawValue))
    slot.flow = flow
    slot.owner = owner
    slot.message = bytes
    let index = self.clients.insert(slot)
    self.clientKeys.set(slot.key, UInt32(truncatingIfNeeded: index))
    if flow.kind.isReliable { self.join(index) }
    self.outbox.sends.append(Send(flow: flow, bytes: bytes))
    if method == .invite {
      self.enterClient(invite: index, .calling)
    } else {
      self.enterClient(other: index, .trying)
    }
    if method == .cancel { self.limitInvite(branch) }
    return ClientTransactionID(raw: self.clients.id(index))
  }

  /// Whether a provisional came and no final answer yet: now an INVITE may be cancelled (RFC 3261 §9.1).
  public func hasProvisional(_ id: ClientTransactionID) -> Bool {
    guard let index = self.clients.index(of: id.raw) else { return false }
    switch self.clients[index].machine {
    case .invite(.proceeding), .other(.proceeding): return true
    case .invite(.calling), .invite(.cancelling), .invite(.completed), .invite(.accepted), .invite(.terminated),
      .other(.trying), .other(.completed), .other(.terminated):
      return false
    }
  }

  /// Whether the transaction still waits for a final answer.
  public func isPending(_ id: ClientTransactionID) -> Bool {
    guard let index = self.clients.index(of: id.raw) else { return false }
    switch self.clients[index].machine {
    case .invite(.calling), .invite(.proceeding), .invite(.cancelling), .other(.trying), .other(.proceeding):
      return true
    case .invite(.completed), .invite(.accepted), .invite(.terminated), .other(.completed), .other(.terminated):
      return false
    }
  }

  /// The user wants to hear nothing more of it. Repetitions, the ACK to a refusal and the end go on; a ringing INVITE has
  /// 64·T1 from now, one without a provisional what is left of them. Do not stop an INVITE that may yet be answered: nobody would
  /// hang up the callee.
  public mutating func stop(_ id: ClientTransactionID) {
    guard let index = self.clients.index(of: id.raw) else { return }
    self.clients[index].isStopped = true
    if case .invite = self.clients[index].machine { self.stepClient(invite: index, .cancelled) }
  }

  /// A TCP or TLS connection is gone: what waited on it for an answer has failed. UDP flows have no connection; those that
  /// asked for a connection to be opened all have number 0, and fail only with their own.
  public mutating func connectionClosed(_ flow: Flow, at now: Instant) {
    self.advance(to: now)
    guard flow.kind.isReliable else { return }
    var index = self.connections.find(Self.key(ofConnection: flow.connection))
    while index != KeyTable.none {
      let place = Int(index)
      index = self.clients[place].next
      guard flow.connection != 0 || self.clients[place].flow == flow else { continue }
      switch self.clients[place].machine {
      case .invite: self.stepClient(invite: place, .transportError)
      case .other: self.stepClient(other: place, .transportError)
      }
    }
  }

  mutating func receiveResponse(_ response: SIPMessage) -> Incoming {
    let status = response.statusCode ?? 0
    guard let branch = response.topVia.branch, response.topVia.hasCookie else { return self.dropStray() }
    let key = response.key(branch, seed: self.seed).mixed(with: UInt64(response.cseq.method.rawValue))
    let found = self.clientKeys.find(key)
    guard found != KeyTable.none else { return self.dropStray() }
    let index = Int(found)
    // The step may end the transaction.
    let (owner, isStopped) = (self.clients[index].owner, self.clients[index].isStopped)
    let id = ClientTransactionID(raw: self.clients.id(index))
    let effects: TransactionEffects
    switch self.clients[index].machine {
    case .invite:
      let event: InviteClient.Event = status < 200 ? .provisional : status < 300 ? .success : .failure
      effects = self.stepClient(invite: index, event, response: response)
    case .other: effects = self.stepClient(other: index, status < 200 ? .provisional : .final)
    }
    if !isStopped, !effects.isDisjoint(with: [.report, .reportRepeat]) {
      return .response(id, owner: owner, isRepeat: effects.contains(.reportRepeat))
    }
    self.counters.absorbed &+= 1
    return .absorbed
  }

  private mutating func dropStray() -> Incoming {
    self.counters.stray &+= 1
    return .stray
  }

  private mutating func limitInvite(_ branch: Key128) {
    let found = self.clientKeys.find(branch.mixed(with: UInt64(Method.invite.rawValue)))
    if found != KeyTable.none { self.stepClient(invite: Int(found), .cancelled) }
  }
}

// MARK: - The transactions of one connection: a list through their slots

extension TransactionLayer {
  /// Connection numbers are ours and count up, so they spread by themselves.
  private static func key(ofConnection number: UInt64) -> Key128 { Key128(first: number, second: 0) }

  private mutating func join(_ index: Int) {
    let key = Self.key(ofConnection: self.clients[index].flow.connection)
    let first = self.connections.find(key)
    self.clients[index].next = first
    if first != KeyTable.none { self.clients[Int(first)].previous = UInt32(truncatingIfNeeded: index) }
    self.connections.set(key, UInt32(truncatingIfNeeded: index))
  }

  mutating func leave(_ index: Int) {
    let (next, previous) = (self.clients[index].next, self.clients[index].previous)
    if next != KeyTable.none { self.clients[Int(next)].previous = previous }
    if previous != KeyTable.none {
      self.clients[Int(previous)].next = next
    } else {
      let key = Self.key(ofConnection: self.clients[index].flow.connection)
      if next == KeyTable.none {
        self.connections.remove(key, UInt32(truncatingIfNeeded: index))
      } else {
        self.connections.set(key, next)
      }
    }
  }
}
