import Fuzz
import SIP
import Sessions

// A message through everything that the exchange asks it, answered, and the answer read again; and sent on, field by field
// (RELIABILITY 1–18).
let source = SocketAddress(IPAddress(192, 0, 2, 9), port: 5060)
let ours = ["Via: ", "From: ", "To: ", "Call-ID: ", "CSeq: ", "Record-Route: ", "Timestamp: ", "Content-Length: "].map {
  Array($0.utf8)
}

fuzz { octets in
  switch SIPMessage.parse(octets, stream: octets.count > SIPLimits.datagram) {
  case .message(let message):
    ask(message)
    copy(message)
    if message.isRequest { for status: UInt16 in [100, 200, 486] { answer(message, status, isWhole: true) } }
    _ = message.validateFully()
  case .reject(let status, let reason, let message):
    ask(message)
    answer(message, status, reason: reason, isWhole: false)
  case .drop, .keepAlive: break
  }
}

func ask(_ message: SIPMessage) {
  for name in HeaderName.allCases {
    _ = (message.addresses(name), message.address(name), message.number(name))
    for element in message.elements(name) { promise(!element.isEmpty && element.end <= message.bytes.count, "elements of lists") }
  }
  _ = (
    message.contacts, message.routeSet, message.requires, message.expires, message.contentType, message.userAgent, message.hasSDP
  )
  _ = (message.supports("timer"), message.requires("100rel"), message.allows(.update), message.header(at: -1))
  for uri in [message.requestURI, message.from.uri, message.to.uri] + message.contacts.map(\.uri) {
    _ = (message.user(of: uri), uri.transport(in: message.bytes), uri.address(in: message.bytes))
  }
  _ = (message.topVia.transport(in: message.bytes), message.topVia.address(in: message.bytes))
  _ = message.key(message.callID, seed: HashSeed(1, 2))
  _ = message.header(.replaces).map { Replaces(parsing: message.array($0)) }
  _ = try? ReferTarget(message)
  _ = DTMFInfo(message)
  _ = try? message.credentials(realm: Array("strowger".utf8))
  _ = try? message.credentials(realm: Array("strowger".utf8), proxy: true)
  var name: [UInt8] = []
  message.from.appendDisplay(in: message.bytes, to: &name)
}

func answer(_ request: SIPMessage, _ status: UInt16, reason: StaticString? = nil, isWhole: Bool) {
  var writer = MessageWriter()
  writer.response(to: request, status, reason: reason, toTag: Array("ours".utf8), source: source)
  writer.finish()
  let lines = lines(of: writer.bytes)
  for line in lines.dropFirst().dropLast() { promise(ours.contains { line.starts(with: $0) }, "our answer has our fields only") }
  guard isWhole, request.headers(.via).reduce(0, { count, _ in count + 1 }) == 1, request.elements(.via).count == 1 else {
    return
  }
  guard case .message(let read) = SIPMessage.parse(writer.bytes, stream: true) else {
    return promise(false, "our answer can be read")
  }
  promise(read.topVia.branch.map { read.array($0) } == request.topVia.branch.map { request.array($0) }, "the same branch")
  promise(read.from.tag.map { read.array($0) } == request.from.tag.map { request.array($0) }, "the same From tag")
  promise(read.array(read.callID) == request.array(request.callID), "the same Call-ID")
}

/// Lines without their ends; none may be broken, and a blank one ends them.
func lines(of octets: [UInt8]) -> [ArraySlice<UInt8>] {
  var lines: [ArraySlice<UInt8>] = []
  var start = 0
  for index in octets.indices where octets[index] == 0x0a || octets[index] == 0x0d || octets[index] == 0 {
    promise(octets[index] != 0, "no NUL in our answer")
    if octets[index] == 0x0d { promise(index + 1 < octets.count && octets[index + 1] == 0x0a, "no bare CR in our answer") }
    guard octets[index] == 0x0a else { continue }
    promise(index > 0 && octets[index - 1] == 0x0d, "no bare LF in our answer")
    lines.append(octets[start..<(index - 1)])
    start = index + 1
  }
  promise(start == octets.count && lines.last?.isEmpty == true, "our answer ends with a blank line")
  return lines
}

/// Everything that was read, written once more, reads the same. Type and length of the body are written with it.
func copy(_ message: SIPMessage) {
  var writer = MessageWriter()
  if let status = message.statusCode {
    writer.status(status)
  } else if message.method == .other {
    return
  } else {
    writer.request(message.method, uri: message.requestURI.whole, of: message)
  }
  for index in 0..<message.headerCount {
    guard let header = message.header(at: index), header.name != .contentLength, header.name != .contentType else { continue }
    writer.copy(header, of: message)
  }
  writer.finish(bodyOf: message)
  guard writer.count <= SIPLimits.streamMessage - 64 else { return }
  // What must be escaped in a request-URI makes it longer, perhaps longer than we take one (414).
  let uri = writer.bytes.prefix { $0 != 0x0d }.split(separator: 0x20).dropFirst().first
  guard message.statusCode != nil || uri?.count ?? 0 <= SIPLimits.uri else { return }
  guard case .message(let read) = SIPMessage.parse(writer.bytes, stream: true) else {
    return promise(false, "a message written once more can be read: \(String(decoding: writer.bytes, as: UTF8.self))")
  }
  promise(read.array(read.body) == message.array(message.body), "the same body")
  promise(read.cseq.number == message.cseq.number && read.cseq.method == message.cseq.method, "the same CSeq")
  // A NUL within a quoted name is not sent on.
  promise(read.from.tag.map { read.array($0) } == message.from.tag.map { message.array($0) }, "the same From tag")
}
