import Kernel
import LoopbackSIP
import Sessions
import Testing

@testable import SIP

/// Keys pressed during a call between telephones that want them differently (MED-4).
@Suite("Keys")
struct KeyTests {
  /// A call from 2001 to 2002, where `info` want keys by INFO.
  private func talking(_ info: [String]) -> (office: Office, call: Int) {
    var office = Office(isRegistered: false)
    var options = ExchangeOptions()
    options.privateNetworks = [AddressBlock("127.0.0.0/8")!]
    options.mediaChannels = 10
    office.network.exchange.install(options)
    office.network.exchange.install(
      ["2001", "2002", "2003"].map { number in
        var account = Office.account(number)
        account.dtmfByInfo = info.contains(number)
        return account
      }, at: office.network.now)
    for phone in office.network.phones { office.network.with(phone.number) { $0.register(at: $1) } }
    office.advance(by: .seconds(1))
    let call = office.dial("2002", from: "2001")
    office.network.with("2002") { $0.answer(0, at: $1) }
    office.advance()
    return (office, call)
  }

  private static let five = Array("Signal=5\r\nDuration=250\r\n".utf8)

  @Test("MED-4: a door telephone that wants INFO gets the key that was pressed as an event in the voice")
  func toInfo() throws {
    var (office, call) = self.talking(["2002"])
    let channels = office.network.media.relays
    try #require(channels.count == 2, "the keys of one are to be taken out of the voice")
    office.network.hear(.pressed(channels[0], key: 11, duration: .milliseconds(300)))
    office.network.hear(.pressed(channels[1], key: 11, duration: .milliseconds(300)))
    office.advance()
    // The key of 2001 goes to 2002 as INFO, that of 2002 to 2001 within the voice.
    let (infos, others) = (office.call("2002")?.infos ?? [], office.call("2001", call)?.infos)
    #expect(infos.map { String(decoding: $0, as: UTF8.self) } == ["Signal=#\r\nDuration=300\r\n"])
    #expect(others == [])
    #expect(office.network.media.keys.map(\.key) == [11])
    office.network.with("2001") { $0.hangUp(call, at: $1) }
    #expect(office.leftovers() == [])
    #expect(office.network.media.openChannels == 0)
  }

  @Test("MED-4: a key that comes as INFO is made heard by a telephone that wants events")
  func toEvents() {
    var (office, call) = self.talking(["2002"])
    office.network.with("2002") { $0.request(.info, 0, body: Self.five, at: $1) }
    office.advance()
    let (status, infos, keys) = (office.call("2002")?.requestStatus, office.call("2001", call)?.infos, office.network.media.keys)
    #expect(status == 200)
    #expect(infos == [])
    #expect(keys.map(\.key) == [5] && keys.first?.duration.milliseconds == 250)
    office.network.with("2001") { $0.hangUp(call, at: $1) }
    #expect(office.leftovers() == [])
  }

  @Test("MED-4: between telephones that both want INFO it goes through as it is, and so does what is no key")
  func through() {
    var (office, call) = self.talking(["2001", "2002"])
    let flash = Array("Signal=16\r\n".utf8)
    for body in [Self.five, flash] {
      office.network.with("2001") { $0.request(.info, call, body: body, at: $1) }
      office.advance()
      let status = office.call("2001", call)?.requestStatus
      #expect(status == 200)
    }
    let infos = office.call("2002")?.infos ?? []
    #expect(infos == [Self.five, flash])
    office.network.with("2001") { $0.hangUp(call, at: $1) }
    #expect(office.leftovers() == [])
  }
}
