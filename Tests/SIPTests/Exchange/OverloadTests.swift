import Kernel
import LoopbackSIP
import SIP
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
}
