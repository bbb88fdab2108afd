import Testing

@testable import Media

@Suite("RTP")
struct RTPTests {
  @Test("A header has twelve octets")
  func header() { #expect(RTP.headerLength == 12) }
}
