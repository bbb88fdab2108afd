import Fuzz

@testable import SIP

// The value of Authorization, and of a carrier's WWW-Authenticate (RELIABILITY 22, 23). The hashes are small ones: what is read is
// tested, not MD5.
let digests = DigestFunctions(md5: { hash($0, 16) }, sha256: { hash($0, 32) })

func hash(_ octets: UnsafeRawBufferPointer, _ length: Int) -> [UInt8] {
  var state: UInt64 = 0xcbf2_9ce4_8422_2325
  for octet in octets { state = (state ^ UInt64(octet)) &* 0x100_0000_01b3 }
  return (0..<length).map { UInt8(truncatingIfNeeded: state >> UInt64(8 * ($0 % 8))) }
}

fuzz { octets in
  if let credentials = try? DigestCredentials.parse(Slice(0, octets.count), in: octets) {
    let user = credentials.unescapedUser(in: octets)
    promise(credentials.matches(user: user, in: octets), "a user name matches itself")
    promise(credentials.nonceCount > 0, "a count from 1 on")
    let ha1 = digests.ha1(
      credentials.algorithm, user: user, realm: credentials.realm.array(in: octets), password: Array("secret".utf8))
    let isRight = credentials.verify(method: Array("REGISTER".utf8), ha1: ha1, in: octets, with: digests)
    let isRightAgain = credentials.verify(method: Array("REGISTER".utf8), ha1: ha1, in: octets, with: digests)
    promise(isRight == isRightAgain, "the same verdict twice")
  }
  if let challenge = TrunkChallenge(octets) {
    promise(!challenge.nonce.isEmpty, "a nonce")
    for part in [challenge.realm, challenge.nonce, challenge.opaque] {
      promise(!part.contains { $0 == 0x22 || $0 == 0x5c || $0 < 0x20 || $0 == 0x7f }, "nothing that would end a quoted string")
    }
  }
}
