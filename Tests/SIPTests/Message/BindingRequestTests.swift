import Sessions
import Testing

@testable import SIP

@Suite("STUN on the SIP port")
struct BindingRequestTests {
  private let transaction: [UInt8] = [0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae]
  private let cookie: [UInt8] = [0x21, 0x12, 0xa4, 0x42]

  private func request(_ attributes: [UInt8] = []) -> [UInt8] {
    [0, 1, 0, UInt8(attributes.count)] + self.cookie + self.transaction + attributes
  }

  @Test("REG-12: the answer names the address the request came from, veiled as in RFC 5769 §2.2")
  func shortAddress() {
    // The vector's XOR-MAPPED-ADDRESS: 192.0.2.1 port 32853.
    let answer = BindingRequest.answer(self.request(), from: SocketAddress(IPAddress(192, 0, 2, 1), port: 32853))
    #expect(
      answer == [1, 1, 0, 12] + self.cookie + self.transaction + [0, 0x20, 0, 8, 0, 1, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43])
  }

  @Test("REG-12: an IPv6 address, veiled as in RFC 5769 §2.3")
  func longAddress() throws {
    let address = try #require(IPAddress("2001:db8:1234:5678:11:2233:4455:6677"))
    let answer = BindingRequest.answer(self.request(), from: SocketAddress(address, port: 32853))
    #expect(
      answer?.suffix(24)
        == [
          0, 0x20, 0, 20, 0, 2, 0xa1, 0x47, 0x01, 0x13, 0xa9, 0xfa, 0xa5, 0xd3, 0xf1, 0x79, 0xbc, 0x25, 0xf4, 0xb5, 0xbe, 0xd2,
          0xb9, 0xd9,
        ])
  }

  @Test("RELIABILITY 5: what is no whole Binding request is not answered, nor one that wants more than an address")
  func others() {
    let source = SocketAddress(IPAddress(192, 0, 2, 1), port: 5060)
    let whole = self.request()
    for count in 0..<whole.count { #expect(BindingRequest.answer(Array(whole.prefix(count)), from: source) == nil) }
    #expect(BindingRequest.answer(whole + [0], from: source) == nil)
    for (index, octet) in [(0, UInt8(1)), (1, 0x11), (4, 0), (7, 0x43)] {
      var other = whole
      other[index] = octet
      #expect(BindingRequest.answer(other, from: source) == nil, "octet \(index)")
    }
    // USERNAME; an attribute longer than the request; SOFTWARE and FINGERPRINT may stand there.
    #expect(BindingRequest.answer(self.request([0, 6, 0, 4, 1, 2, 3, 4]), from: source) == nil)
    #expect(BindingRequest.answer(self.request([0x80, 0x22, 0, 9, 1, 2, 3, 4]), from: source) == nil)
    #expect(BindingRequest.answer(self.request([0x80, 0x22, 0, 3, 1, 2, 3, 0]), from: source) != nil)
    #expect(BindingRequest.answer(self.request([0x80, 0x28, 0, 4, 1, 2, 3, 4]), from: source) != nil)
  }
}
