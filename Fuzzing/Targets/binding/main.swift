import Fuzz
import Kernel
import Sessions

@testable import SIP

let cookie: [UInt8] = [0x21, 0x12, 0xa4, 0x42]

// What telephones send on the SIP port to keep a NAT open (REG-12): a Binding request of STUN. The first octets say where it came
// from, and the rest is taken as it is, and once more behind a right header, so that attributes are reached.
fuzz { octets in
  var input = Input(octets)
  let kind = input.octet()
  let source = address(&input, isLong: kind & 1 == 1)
  let rest = Array(input.rest)
  check(rest, from: source)
  guard rest.count >= 12, rest.count <= 0xffff else { return }
  let attributes = Array(rest.dropFirst(12))
  let length = [UInt8(truncatingIfNeeded: attributes.count >> 8), UInt8(truncatingIfNeeded: attributes.count)]
  check([0, 1] + length + cookie + rest.prefix(12) + attributes, from: source)
}

func address(_ input: inout Input, isLong: Bool) -> SocketAddress {
  let port = input.number16()
  var high: UInt64 = 0
  var low: UInt64 = 0
  for _ in 0..<(isLong ? 8 : 0) { high = high << 8 | UInt64(input.octet()) }
  for _ in 0..<(isLong ? 8 : 4) { low = low << 8 | UInt64(input.octet()) }
  let address = isLong ? IPAddress(high: high, low: low) : IPAddress(v4: UInt32(truncatingIfNeeded: low))
  return SocketAddress(address, port: port)
}

func check(_ octets: [UInt8], from source: SocketAddress) {
  guard let answer = BindingRequest.answer(octets, from: source) else { return }
  promise(octets.count >= 20 && Array(octets[..<2]) == [0, 1], "only Binding requests are answered")
  promise(Array(octets[4..<8]) == cookie, "only those of RFC 5389")
  promise(Int(octets[2]) << 8 | Int(octets[3]) == octets.count - 20, "only whole ones")
  promise(answer.count == (source.address.family == .v4 ? 32 : 44), "an answer of one attribute, whatever was asked")
  promise(Array(answer[..<2]) == [1, 1] && Int(answer[3]) == answer.count - 20, "a success response of its own length")
  promise(Array(answer[4..<20]) == Array(octets[4..<20]), "with the cookie and the transaction of the request")
  promise(Array(answer[20..<24]) == [0, 0x20, 0, UInt8(answer.count - 24)], "XOR-MAPPED-ADDRESS")
  promise(unveiled(answer) == source, "which is the address it came from")
  promise(BindingRequest.answer(answer, from: source) == nil, "an answer is no request: two exchanges do not talk for ever")
}

/// As the telephone reads it (RFC 5389 §15.2).
func unveiled(_ answer: [UInt8]) -> SocketAddress {
  let port = UInt16(answer[26] ^ answer[4]) << 8 | UInt16(answer[27] ^ answer[5])
  let host = zip(answer[28...], answer[4...]).map { $0 ^ $1 }
  let words = stride(from: 0, to: host.count, by: 4).map { start in
    host[start..<(start + 4)].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
  }
  let isLong = answer[25] == 2
  let address =
    isLong ? IPAddress(high: words[0] << 32 | words[1], low: words[2] << 32 | words[3]) : IPAddress(v4: UInt32(words[0]))
  return SocketAddress(address, port: port)
}
