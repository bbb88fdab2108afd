import Fuzz
import Kernel
import Sessions

@testable import SIP

let head = Array(
  """
  REFER sip:2001@192.0.2.1 SIP/2.0\r
  Via: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK1\r
  From: <sip:2002@192.0.2.1>;tag=1\r
  To: <sip:2001@192.0.2.1>;tag=2\r
  Call-ID: 1\r
  CSeq: 1 REFER\r
  Refer-To: 
  """.utf8)

// One value, taken for each of the things that stand in header fields: addresses, URIs, Via, Replaces, Refer-To, keys by INFO.
fuzz { octets in
  let all = Slice(0, octets.count)
  if let address = NameAddress.parse(all, in: octets) {
    promise(address.whole.end <= octets.count && !address.whole.isEmpty, "an address within the octets")
    look(address.uri, octets)
    var name: [UInt8] = []
    address.appendDisplay(in: octets, to: &name)
    promise(name.count <= octets.count, "a display name no longer than what was written")
    // What was read reads the same by itself.
    let again = address.whole.array(in: octets)
    let read = NameAddress.parse(Slice(0, again.count), in: again)
    promise(read?.tag.map { $0.array(in: again) } == address.tag.map { $0.array(in: octets) }, "the same tag")
  }
  if let uri = SIPURI.parse(all, in: octets) { look(uri, octets) }
  if octets.count <= 2048 {
    octets.withUnsafeBufferPointer { buffer in
      if let (via, next) = Via.scan(Octets(buffer), 0, buffer.count) {
        promise(via.whole.end <= octets.count && next <= octets.count, "a Via within the octets")
        _ = (via.address(in: octets), via.transport(in: octets))
      }
      var splitter = ListSplitter(Octets(buffer), all)
      while let element = splitter.next() {
        promise(element.end <= octets.count && !element.isEmpty, "elements of lists")
        _ = NameAddress.parse(element, in: octets)
      }
    }
  }
  if let replaces = Replaces(parsing: octets) {
    promise(Replaces(parsing: replaces.octets) == replaces, "Replaces written and read again")
  }
  _ = DTMFInfo(type: "application/dtmf-relay", body: octets)
  _ = DTMFInfo(type: "application/dtmf", body: octets)
  if let address = IPAddress(parsing: octets) {
    promise(IPAddress("\(address)") == address, "an address written and read again: \(address)")
  }
  if let block = AddressBlock(parsing: octets) {
    promise(AddressBlock("\(block)") == block, "a block written and read again: \(block)")
    promise(block.contains(block.network) != block.isClassful, "a network's own address belongs to a block, not to a class")
  }
  refer(octets)
  _ = OSIPGrammar.via(octets)
  _ = OSIPGrammar.address(octets)
  _ = OSIPGrammar.uri(octets)
}

func look(_ uri: SIPURI, _ octets: [UInt8]) {
  _ = (uri.user(in: octets), uri.transport(in: octets), uri.address(in: octets))
  _ = (uri.parameters.parameter("transport", in: octets), uri.parameters.parameter("method", in: octets))
  promise(uri.whole.end <= octets.count, "a URI within the octets")
}

func refer(_ value: [UInt8]) {
  guard case .message(let message) = SIPMessage.parse(head + value + Array("\r\n\r\n".utf8), stream: false) else { return }
  guard let target = try? ReferTarget(message) else { return }
  promise(!target.number.isEmpty || target.replaces != nil, "a number, or a call to continue")
}
