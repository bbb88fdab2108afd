import Fuzz

@testable import Media

// What comes from rtpengine's port (RELIABILITY 45).
fuzz { octets in
  if let value = Bencode(parsing: octets[...]) {
    var written: [UInt8] = []
    value.append(to: &written)
    promise(Bencode(parsing: written[...]) == value, "a value written and read again")
    _ = (value["result"], value["sdp"]?.string)
  }
  guard let (_, reply) = NGReply.parse(octets[...]) else { return }
  _ = reply
  _ = NGDescription.place(in: octets)
}
