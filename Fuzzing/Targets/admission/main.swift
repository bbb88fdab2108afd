import Fuzz
import SIP

// The scanner and what is admitted, as a datagram and as a message from a stream: whatever comes out lies within the octets, and no
// value holds a line end (RELIABILITY 1–14, 17, 18).
fuzz { octets in
  for stream in [false, true] {
    switch SIPMessage.parse(octets, stream: stream) {
    case .message(let message):
      check(message)
      promise(message.isRequest || (100...699).contains(message.statusCode ?? 0), "a status from 100 to 699")
      promise(!message.callID.isEmpty && message.from.isPresent && message.to.isPresent, "Call-ID, From and To")
      promise(message.body.end <= message.bytes.count, "the body lies within the octets")
    case .reject(let status, _, let message):
      check(message)
      promise((400...699).contains(status), "a final answer to what is rejected, not \(status)")
      promise(message.header(.via) != nil, "only what names somebody is answered")
    case .drop, .keepAlive: break
    }
  }
}

func check(_ message: SIPMessage) {
  promise(message.headerCount <= SIPLimits.headers, "at most \(SIPLimits.headers) fields")
  for index in 0..<message.headerCount {
    guard let header = message.header(at: index) else { continue }
    promise(header.value.end <= message.bytes.count && header.nameSlice.end <= message.bytes.count, "fields within the octets")
    let value = message.array(header.value)
    promise(!value.contains(0x0d) && !value.contains(0x0a), "no line end within a value")
  }
}
