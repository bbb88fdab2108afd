import Sessions
import Testing

@Suite("Addresses")
struct IPAddressTests {
  @Test(
    "RFC 5118, RFC 5952: an address has one text",
    arguments: [
      ("192.0.2.1", "192.0.2.1"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"),
      ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"), ("[2001:db8::1]", "2001:db8::1"), ("::", "::"), ("::1", "::1"),
      ("1::", "1::"), ("2001:db8:::192.0.2.1", "2001:db8::c000:201"), ("::ffff:192.0.2.1", "192.0.2.1"),
      ("1:0:0:2:0:0:0:3", "1:0:0:2::3"), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
      ("fe80::1:0:0:2", "fe80::1:0:0:2"), ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
    ])
  func text(written: String, canonical: String) {
    #expect(IPAddress(written)?.description == canonical)
  }

  @Test(
    "RELIABILITY 17: what is no address is none",
    arguments: [
      "", "1.2.3", "1.2.3.4.5", "01.2.3.4", "256.1.1.1", "1.2.3.-4", "1..2.3", "example.com", "1:2", ":", ":::", "1:::2::3",
      "1:2:3:4:5:6:7:8:9", "12345::", "::g", "[::1", "::1]", "[]", "fe80::1%eth0", "1.2.3.4 ", "1:", "::1.2.3", "0x7f.1.1.1",
      "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8",
    ])
  func noAddress(text: String) {
    // `:::` is `::` to a tolerant reader (RFC 5118 §4.10).
    if text == ":::" { return #expect(IPAddress(text)?.isUnspecified == true) }
    #expect(IPAddress(text) == nil)
  }

  @Test("Every address is what its own text says")
  func roundTrip() {
    var random = SeededGenerator(state: 7)
    for _ in 0..<2000 {
      let mask = random.next() & random.next()
      let address = IPAddress(high: random.next() & mask, low: random.next() & random.next())
      #expect(IPAddress(address.description) == address)
      let v4 = IPAddress(v4: UInt32(truncatingIfNeeded: random.next()))
      #expect(IPAddress(v4.description) == v4)
    }
  }

  @Test("CALL-5, CALL-9: private, loopback, link-local, multicast and broadcast are told apart")
  func kinds() throws {
    func ip(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }
    for text in ["10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.7.7", "169.254.1.1", "fc00::1", "fdff::1", "fe80::1"] {
      #expect(try ip(text).isPrivate, "\(text)")
    }
    for text in ["172.32.0.1", "11.0.0.1", "192.169.0.1", "2001:db8::1", "fec0::1"] {
      #expect(try !ip(text).isPrivate, "\(text)")
    }
    #expect(try ip("127.9.9.9").isLoopback && ip("::1").isLoopback && !ip("::2").isLoopback)
    #expect(try ip("239.1.1.1").isMulticast && ip("ff02::1").isMulticast && !ip("240.0.0.1").isMulticast)
    #expect(try ip("255.255.255.255").isBroadcast && !ip("192.168.1.255").isBroadcast)
    #expect(try ip("169.254.169.254").isLinkLocal && ip("febf::1").isLinkLocal && !ip("fec0::1").isLinkLocal)
  }

  @Test(
    "REG-6: an entry is an address, a block, or a classful broadcast address for its network",
    arguments: [
      ("192.168.1.255", "192.168.1.1", true), ("192.168.1.255", "192.168.1.254", true),
      ("192.168.1.255", "192.168.1.255", false), ("192.168.1.255", "192.168.1.0", false),
      ("192.168.1.255", "192.168.2.1", false), ("172.16.255.255", "172.16.9.255", true), ("10.255.255.255", "10.200.1.1", true),
      ("172.16.1.255", "172.16.1.7", false), ("192.168.1.7", "192.168.1.7", true), ("192.168.1.7", "192.168.1.8", false),
      ("10.0.0.0/8", "10.255.255.255", true), ("10.0.0.0/8", "11.0.0.0", false), ("0.0.0.0/0", "8.8.8.8", true),
      ("192.0.2.128/25", "192.0.2.127", false), ("2001:db8::/32", "2001:db8:ffff::1", true),
      ("2001:db8::/32", "2001:db9::1", false), ("::/0", "2001:db8::1", true), ("::/0", "192.0.2.1", false),
      ("2001:db8::1", "2001:db8::1", true), ("2001:db8::/65", "2001:db8:0:0:8000::1", false),
      ("192.168.1.255/32", "192.168.1.255", true), ("192.168.1.255/32", "192.168.1.7", false),
    ])
  func blocks(entry: String, address: String, isInside: Bool) throws {
    let block = try #require(AddressBlock(entry))
    #expect(block.contains(try #require(IPAddress(address))) == isInside)
    #expect(AddressBlock(block.description) == block)
  }

  @Test("REG-6: what is no entry is refused", arguments: ["", "/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "::/129", "x/8"])
  func noBlock(entry: String) {
    #expect(AddressBlock(entry) == nil)
  }

  @Test("A socket address reads as host and port")
  func socketAddress() throws {
    #expect(SocketAddress(IPAddress(192, 0, 2, 1), port: 5060).description == "192.0.2.1:5060")
    #expect(SocketAddress(try #require(IPAddress("2001:db8::1")), port: 5061).description == "[2001:db8::1]:5061")
  }
}
