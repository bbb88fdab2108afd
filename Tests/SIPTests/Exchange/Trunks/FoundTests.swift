import Testing

@testable import SIP

/// What fuzzing has found, each with the octets that showed it, made short.
@Suite("Found by fuzzing: challenges")
struct FoundChallengeTests {
  @Test(
    "TRK-1: a challenge with a quotation mark inside a value is not answered: it would end the string that quotes it",
    arguments: ["nonce=ge\"", "nonce=a\"b", "nonce=\"n\", opaque=o\""])
  func quotationMark(parts: String) {
    #expect(TrunkChallenge(Array("Digest realm=\"carrier\", \(parts)".utf8)) == nil)
  }

  @Test("TRK-1: one without quotation marks is")
  func bare() {
    #expect(TrunkChallenge(Array("Digest realm=carrier, nonce=ge".utf8))?.nonce == Array("ge".utf8))
  }
}
