/// Judges what the scanner found: a message to act upon, an answer at once, or nothing (ARCHITECTURE.md rule 8).
///
/// Everything here is decided without libosip2, whose parser refuses valid messages, accepts invalid ones and has costs
/// that grow with the square of the input; RELIABILITY 1–13, 17, 18 and RFC 4475 name the cases.
struct Admission {
  var scanner: MessageScanner
  var status: UInt16 = 0
  var method = Method.other
  var cseqMethod = Method.other
  var cseqNumber: UInt32 = 0
  var maxForwards: UInt8?
  var hasWildcardContact = false
  var methodBytes = Slice.empty
  var callID = Slice.empty
  var body = Slice.empty
  var requestURI = SIPURI.none
  var via = Via.none
  var from = NameAddress.none
  var to = NameAddress.none
  var contact: NameAddress?
  private var octets: Octets { self.scanner.octets }

  init(_ octets: Octets) {
    self.scanner = MessageScanner(octets)
  }

  /// Why to drop the octets; otherwise `scanner.fault` says whether something is wrong with the message.
  ///
  /// Where continuation lines were found and `unfolded` is false it stops early: unfold and run again.
  mutating func run(stream: Bool, unfolded: Bool) -> DropReason? {
    guard let start = self.scanner.scanStartLine() else { return .notSIP }
    if self.octets.count > (stream ? SIPLimits.streamMessage : SIPLimits.datagram) {
      self.scanner.note(513, "Message Too Large")
    }
    var uri = Slice.empty
    switch start {
    case .request(let method, let target):
      self.methodBytes = method
      self.method = Method(self.octets, method)
      uri = target
    case .response(let status): self.status = status == 0 ? 400 : status
    }
    let isRequest = if case .request = start { true } else { false }
    self.scanner.scanHeaders()
    // The fields' contents are read only when no line end stands in them any more.
    if self.scanner.hasFolds, !unfolded { return nil }
    self.checkVias(isRequest: isRequest)
    self.checkMandatory(isRequest: isRequest)
    if isRequest { self.checkTarget(uri) }
    self.checkNumbers()
    self.checkContacts()
    self.checkLength()
    guard self.scanner.fault == nil else {
      if !isRequest { return .malformedResponse }
      if self.method == .ack { return .malformedACK }
      return self.scanner.headers.first(.via) == nil ? .noVia : nil
    }
    return nil
  }

  private mutating func fail(_ reason: StaticString, status: UInt16 = 400) {
    self.scanner.note(status, reason)
  }

  private func value(_ name: HeaderName) -> Slice? {
    self.scanner.headers.first(name).map { self.scanner.headers[$0].value }
  }

  private mutating func checkVias(isRequest: Bool) {
    guard let first = self.scanner.headers.first(.via) else { return self.fail("Missing Via") }
    let value = self.scanner.headers[first].value
    guard let (via, next) = Via.scan(self.octets, Int(value.start), value.end) else { return self.fail("Bad Via") }
    self.via = via
    if let branch = via.branch, via.hasCookie, branch.count == 7 { self.fail("Bad Branch") }
    var count = next < value.end ? 1 &+ self.elements(Slice(next, value.end), counting: SIPLimits.vias) : 1
    var index = first
    while let further = self.scanner.headers.first(.via, from: index &+ 1) {
      count &+= self.elements(self.scanner.headers[further].value, counting: SIPLimits.vias)
      index = further
    }
    if count > SIPLimits.vias { self.fail("Too Many Vias") }
    self.viaCount = count
  }

  /// How many Via elements there are; a response for us has one.
  private(set) var viaCount = 0

  /// Elements of a comma-separated list, quoted strings and `<…>` respected; stops counting above the limit.
  private func elements(_ list: Slice, counting limit: Int) -> Int {
    var splitter = ListSplitter(self.octets, list)
    var count = 0
    while count <= limit, splitter.next() != nil { count &+= 1 }
    return count
  }

  private mutating func checkMandatory(isRequest: Bool) {
    if let value = self.value(.from), let from = self.address(value) { self.from = from } else { self.fail("Bad From") }
    if let value = self.value(.to), let to = self.address(value) { self.to = to } else { self.fail("Bad To") }
    if self.method == .register, self.to.isPresent, self.to.uri.scheme != .sip, self.to.uri.scheme != .sips {
      self.fail("To Is No SIP Address")
    }
    if let value = self.value(.callID), !value.isEmpty {
      self.callID = value
      if self.octets.skip(.callID, Int(value.start), value.end) != value.end { self.fail("Bad Call-ID") }
    } else {
      self.fail("Missing Call-ID")
    }
    self.checkCSeq(isRequest: isRequest)
  }

  private mutating func checkCSeq(isRequest: Bool) {
    guard let value = self.value(.cseq) else { return self.fail("Missing CSeq") }
    var digits = Int(value.start)
    while digits < value.end, self.octets[digits] &- 0x30 < 10 { digits &+= 1 }
    let name = self.octets.skipBlanks(digits, value.end)
    guard let number = self.octets.number(Int(value.start), digits, limit: UInt64(UInt32.max)), name > digits, name < value.end,
      self.octets.skip(.token, name, value.end) == value.end
    else { return self.fail("Bad CSeq") }
    self.cseqNumber = UInt32(truncatingIfNeeded: number)
    let written = Slice(name, value.end)
    if isRequest {
      self.cseqMethod = self.method
      if !self.octets.equals(written, self.methodBytes) {
        self.cseqMethod = Method(self.octets, written)
        if self.method == .other { self.fail("Not Implemented", status: 501) } else { self.fail("CSeq Names Another Method") }
      }
    } else {
      self.methodBytes = written
      self.method = Method(self.octets, written)
      self.cseqMethod = self.method
    }
  }

  private func address(_ value: Slice) -> NameAddress? {
    guard let (address, next) = NameAddress.scan(self.octets, Int(value.start), value.end), next == value.end else { return nil }
    return address
  }

  private mutating func checkTarget(_ uri: Slice) {
    if self.methodBytes.count > SIPLimits.method { self.fail("Not Implemented", status: 501) }
    if uri.count > SIPLimits.uri { return self.fail("Request-URI Too Long", status: 414) }
    guard let target = SIPURI(self.octets, Int(uri.start), uri.end) else { return self.fail("Bad Request-URI") }
    self.requestURI = target
    if target.scheme == .other { return self.fail("Unsupported URI Scheme", status: 416) }
    if !target.headers.isEmpty { self.fail("Headers In The Request-URI") }
  }

  private mutating func checkNumbers() {
    guard let value = self.value(.maxForwards) else { return }
    if let hops = self.octets.number(Int(value.start), value.end, limit: 255) {
      self.maxForwards = UInt8(truncatingIfNeeded: hops)
    } else {
      self.fail("Bad Max-Forwards")
    }
  }

  private mutating func checkContacts() {
    var index = self.scanner.headers.first(.contact)
    var count = 0
    while let at = index {
      let value = self.scanner.headers[at].value
      if value.count == 1, self.octets[Int(value.start)] == 0x2a {
        self.hasWildcardContact = true
        count &+= 1
      } else if !self.checkContactList(value, &count) {
        return self.fail("Bad Contact")
      }
      index = self.scanner.headers.first(.contact, from: at &+ 1)
    }
    if self.hasWildcardContact, count > 1 || self.method != .register { self.fail("Bad Contact") }
  }

  private mutating func checkContactList(_ value: Slice, _ count: inout Int) -> Bool {
    var start = Int(value.start)
    // An empty Contact is what some phones send with a query; it names nobody.
    if value.isEmpty { return true }
    while true {
      guard count < SIPLimits.contacts, let (contact, next) = NameAddress.scan(self.octets, start, value.end) else {
        return false
      }
      if count == 0 { self.contact = contact }
      count &+= 1
      if !contact.parameters.isEmpty, !self.hasValidWeight(contact.parameters) { return false }
      if next >= value.end { return true }
      start = next &+ 1
    }
  }

  /// `q` is 0–1 with at most three decimals (RFC 3261 §25.1, qvalue).
  private func hasValidWeight(_ parameters: Slice) -> Bool {
    var scanner = ParameterScanner(self.octets, Int(parameters.start), parameters.end)
    while let parameter = scanner.next() {
      guard parameter.name.count == 1, self.octets[Int(parameter.name.start)] | 0x20 == 0x71 else { continue }
      guard let value = parameter.value, (1...5).contains(value.count) else { return false }
      let whole = self.octets[Int(value.start)]
      guard whole == 0x30 || whole == 0x31, value.count == 1 || self.octets[Int(value.start) &+ 1] == 0x2e else { return false }
      for index in (Int(value.start) &+ 1)..<value.end where index > Int(value.start) &+ 1 {
        guard self.octets[index] &- 0x30 < 10, whole == 0x30 || self.octets[index] == 0x30 else { return false }
      }
    }
    return true
  }

  private mutating func checkLength() {
    let start = self.scanner.bodyStart
    let available = Swift.max(self.octets.count &- start, 0)
    guard let value = self.value(.contentLength) else {
      self.body = Slice(start, start &+ available)
      return
    }
    guard let length = self.octets.number(Int(value.start), value.end, limit: UInt64(SIPLimits.streamMessage)),
      Int(length) <= available
    else { return self.fail("Bad Content-Length") }
    self.body = Slice(start, start &+ Int(length))
  }
}
