public import Sessions

/// Answers built from the request they answer.
extension MessageWriter {
  /// Begins a response: status line, every Via as it came with `received` and `rport` of the top one set from the packet's
  /// true source, From, To with our tag, Call-ID, CSeq, and where it belongs there Record-Route and Timestamp
  /// (RFC 3261 §8.2.6, §12.1.1, §18.2.1; RFC 3581 §4). Add what else it needs, then call `finish`.
  ///
  /// A request that `parse` rejected is answered from whatever it had.
  /// - `status`: 100–699.
  /// - `reason`: the phrase; nil for the RFC's own.
  /// - `toTag`: our tag, a token; put in only where the request's To has none and the status is not 100.
  /// - `source`: where the request came from and so where this answer goes (RELIABILITY 17).
  public mutating func response(
    to request: SIPMessage, _ status: UInt16, reason: StaticString? = nil, toTag: [UInt8] = [], source: SocketAddress
  ) {
    self.status(status, reason: reason)
    self.vias(of: request, source: source)
    if let from = request.header(.from) { self.header(.from, from, of: request) }
    if let to = request.header(.to) {
      self.begin(.to)
      self.slice(to, of: request)
      if status != 100, request.to.isPresent, request.to.tag == nil, !toTag.isEmpty {
        self.text(";tag=")
        self.octets(toTag)
      }
      self.endLine()
    }
    if let callID = request.header(.callID) { self.header(.callID, callID, of: request) }
    if let cseq = request.header(.cseq) { self.header(.cseq, cseq, of: request) }
    if status > 100, status < 300, request.method.createsDialog { self.copyAll(.recordRoute, of: request) }
    if status == 100, let timestamp = request.header(.timestamp) { self.header(.timestamp, timestamp, of: request) }
  }

  /// The whole answer to a rejected request; `toTag` as above.
  public mutating func reject(
    _ request: SIPMessage, _ status: UInt16, reason: StaticString? = nil, toTag: [UInt8], source: SocketAddress
  ) {
    self.response(to: request, status, reason: reason, toTag: toTag, source: source)
    self.finish()
  }

  private mutating func vias(of request: SIPMessage, source: SocketAddress) {
    var isTop = true
    for value in request.headers(.via) {
      self.begin(.via)
      if isTop, request.topVia.isPresent {
        self.topVia(request, source: source)
        self.slice(Slice(request.topVia.whole.end, value.end), of: request)
      } else {
        self.slice(value, of: request)
      }
      self.endLine()
      isTop = false
    }
  }

  private mutating func topVia(_ request: SIPMessage, source: SocketAddress) {
    let via = request.topVia
    let needsReceived = via.hasRport || via.address(in: request.bytes) != source.address
    if !via.hasRport, via.received == nil {
      self.slice(via.whole, of: request)
    } else {
      self.slice(Slice(Int(via.whole.start), Int(via.parameters.start)), of: request)
      self.foreignParameters(via.parameters, of: request)
    }
    if needsReceived {
      // No brackets: RFC 3261 §25.1 has a bare IPv6address here.
      self.text(";received=")
      self.bareAddress(source.address)
    }
    if via.hasRport {
      self.text(";rport=")
      self.number(UInt64(source.port))
    }
  }

  /// The parameters but for `received` and `rport`, which are ours to say.
  private mutating func foreignParameters(_ list: Slice, of request: SIPMessage) {
    var index = Int(list.start)
    while true {
      let step = request.bytes.withUnsafeBufferPointer { buffer -> (Slice, Bool)? in
        var scanner = ParameterScanner(Octets(buffer), index, list.end)
        guard let parameter = scanner.next() else { return nil }
        let isOurs =
          scanner.octets.equalsIgnoringCase(parameter.name, "received")
          || scanner.octets.equalsIgnoringCase(parameter.name, "rport")
        return (Slice(index, scanner.index), isOurs)
      }
      guard let (written, isOurs) = step else { return }
      if !isOurs { self.slice(written, of: request) }
      index = written.end
    }
  }
}
