import Kernel
import LoopbackSIP
@testable import SIP
import Sessions
import Testing

@Suite("Exchange under telephones gone mad")
struct OverloadTests {
  @Test("RELIABILITY 36: a telephone that calls without end gets 503 with Retry-After; others call as before")
  func oneStationFloods() {
    let numbers = (0..<40).map { "20\($0 < 10 ? "0" : "")\($0)" }
    var office = Office(numbers)
    let calls = numbers.dropFirst().prefix(36).map { office.dial($0, from: "2000") }
    let waiting = calls.filter { office.call("2000", $0)?.finalStatus == nil }
    let refused = calls.filter { office.call("2000", $0)?.finalStatus == 503 }
    #expect(waiting.count == ExchangeOptions().stationCalls)
    #expect(refused.count == 36 - ExchangeOptions().stationCalls)
    let other = office.dial("2038", from: "2039")
    office.network.with("2038") { $0.answer(0, at: $1) }
    office.advance()
    #expect(office.call("2039", other)?.state == .connected)
  }

  @Test("RELIABILITY 36: who asks more often than the rate gets 503, then nothing; others are served, and his calls can end")
  func oneSourceFloods() {
    var office = Office()
    var options = office.network.exchange.options
    options.requestRate = 10
    office.network.exchange.install(options)
    let call = office.dial("2002", from: "2001")
    office.network.with("2002") { $0.answer(0, at: $1) }
    office.advance()
    // The telephone's own address, another port: the limit is the source's.
    var flood = Stranger(host: office.phone("2001").address.address)
    var statuses: [Int?] = []
    for _ in 1...500 { statuses.append(office.send(flood.text("OPTIONS"), from: flood).last?.statusCode.map(Int.init)) }
    // Twenty seconds' worth at once, less what the telephone has asked; then a second's worth of refusals and what time brings.
    #expect(statuses.prefix(190).allSatisfy { $0 == 200 }, "\(statuses.prefix(190))")
    #expect(statuses.contains(503))
    #expect(statuses.suffix(20).contains(nil), "who does not stop gets silence")
    let counters = office.network.exchange.counters
    #expect(counters.rateRefused > 0 && counters.rateDropped > 0 && counters.overload >= counters.rateRefused)
    let other = office.dial("2003", from: "2002")
    #expect(office.call("2002", other)?.finalStatus == nil, "another telephone is served")
    office.network.with("2001") { $0.hangUp(call, at: $1) }
    office.advance()
    #expect(office.call("2001", call)?.state == .ended, "BYE passes")
    office.advance(by: .seconds(60))
    #expect(office.send(flood.text("OPTIONS"), from: flood).last?.statusCode == 200, "the rate is a rate")
  }

  @Test("RELIABILITY 36: a stranger's many addresses of one IPv6 /64 share one rate; his neighbour in the next /64 has his own")
  func manyAddresses() throws {
    var office = Office()
    var options = office.network.exchange.options
    options.requestRate = 10
    office.network.exchange.install(options)
    for low in 1...500 {
      var flood = Stranger(host: IPAddress(high: 0x2001_0db8_0000_0007, low: UInt64(low)), callID: "flood-\(low)")
      office.send(flood.text("OPTIONS"), from: flood)
    }
    let counters = office.network.exchange.counters
    #expect(counters.rateRefused > 0 && counters.rateDropped > 0)
    var neighbour = Stranger(host: IPAddress(high: 0x2001_0db8_0000_0008, low: 1), callID: "neighbour")
    let answer = office.send(neighbour.text("OPTIONS"), from: neighbour).last
    #expect(answer != nil)
  }

  @Test(
    "REG-8: wrong passwords from many addresses of one IPv6 /64 block it; telephones of the white list are counted one by one")
  func guessesOfOneNetwork() throws {
    var guarded = SourceGuard()
    guarded.whiteList = [try #require(AddressBlock("2001:db8:0:1::/64"))]
    func address(_ network: UInt64, _ low: UInt64) -> IPAddress { IPAddress(high: 0x2001_0db8_0000_0000 | network, low: low) }
    func fail(_ source: IPAddress) -> BlockStatus? {
      guarded.failed(source, limit: 5, blockTime: .seconds(300), at: Office.start)
    }
    for low in 1...4 { #expect(fail(address(7, UInt64(low))) == nil) }
    #expect(fail(address(7, 5))?.source == address(7, 0))
    func isBlocked(_ source: IPAddress, after seconds: Int64 = 0) -> Bool {
      guarded.isBlocked(source, at: Office.start + .seconds(seconds))
    }
    #expect(isBlocked(address(7, 99)) && !isBlocked(address(8, 1)))
    for low in 1...20 { #expect(fail(address(1, UInt64(low))) == nil, "the house's telephones") }
    for _ in 1...4 { _ = fail(address(1, 1)) }
    #expect(isBlocked(address(1, 1)) && !isBlocked(address(1, 2)))
    #expect(guarded.block(of: address(7, 42)) == address(7, 0), "lifted by any of its addresses")
    #expect(!isBlocked(address(7, 1), after: 301))
  }

  @Test("RELIABILITY 36: more calls than call.limit allows: 503 with its reason, until others end")
  func fullExchange() {
    var office = Office(["2001", "2002", "2003", "2004"])
    var options = office.network.exchange.options
    options.calls = 2
    office.network.exchange.install(options)
    let first = office.dial("2002", from: "2001")
    let second = office.dial("2004", from: "2003")
    #expect(office.call("2001", first)?.finalStatus == nil)
    #expect(office.call("2003", second)?.finalStatus == 503)
    #expect(office.network.exchange.counters.callLimit == 1)
    office.network.with("2001") { $0.hangUp(first, at: $1) }
    office.advance(by: .seconds(1))
    let third = office.dial("2004", from: "2003")
    #expect(office.call("2003", third)?.finalStatus == nil)
  }

  @Test("RELIABILITY 36: forged sources do not make the exchange's memory of them grow without end")
  func manySources() {
    var rates = SourceRates()
    for number in 0..<50_000 {
      #expect(rates.count(IPAddress(v4: UInt32(number)), rate: 10, at: Office.start) == .passes)
    }
    #expect(rates.count <= SourceRates.remembered)
    #expect(rates.count(IPAddress(192, 0, 2, 1), rate: 0, at: Office.start) == .passes, "0: any")
  }
}
