import Features
import Kernel
import LoopbackSIP
import Sessions
import Testing

@testable import SIP

/// Voice mail from telephone to telephone: SIP, kernel, module and what is kept; only the voices are missing.
@Suite("Voice mail")
struct VoiceMailTests {
  @Test("MWI-2: a message is left, the lamp burns; it is heard and deleted, the lamp goes out")
  func wholeStory() {
    var office = Office.withVoiceMail()
    office.leaveMessage(of: .seconds(5))
    #expect(office.network.exchange.recordings(of: "2002").map(\.number) == [1], "\(office.network.ladder)")
    #expect(office.network.exchange.recordings(of: "2002").first?.caller == "2001")
    #expect(office.lamp("2002") == "1/0")

    let call = office.dial("*98", from: "2002")
    #expect(office.call("2002", call)?.state == .connected, "\(office.network.ladder)")
    office.advance(by: .seconds(3))
    #expect(office.network.media.channel { $0 == .playback(1) } != nil)
    office.advance(by: .seconds(5))
    #expect(office.lamp("2002") == "0/1", "it has been heard to its end")
    office.press("7", at: "2002", call)
    office.advance(by: .seconds(10))
    #expect(office.lamp("2002") == "0/0")
    #expect(office.removed == [1])
    office.network.with("2002") { $0.hangUp(call, at: $1) }
    #expect(office.leftovers() == [])
    #expect(office.network.media.openChannels == 0 && office.network.media.complaints == [])
  }

  @Test("MWI-2: a message survives a restart between leaving and hearing")
  func restart() {
    var office = Office.withVoiceMail()
    office.leaveMessage(of: .seconds(5))
    office.restart()
    office.network.exchange.install(Office.voiceMailOptions)
    office.network.with("2002") { $0.register(at: $1) }
    office.advance(by: .seconds(1))
    #expect(office.lamp("2002") == "1/0")
    let call = office.dial("*98", from: "2002")
    office.advance(by: .seconds(8))
    #expect(office.lamp("2002") == "0/1", "\(office.network.ladder)")
    office.network.with("2002") { $0.hangUp(call, at: $1) }
    office.leaveMessage(of: .seconds(2))
    #expect(office.lamp("2002") == "1/1")
    #expect(office.network.exchange.recordings(of: "2002").map(\.number) == [1, 2])
    #expect(office.leftovers() == [])
  }

  @Test("MWI-2: who hangs up during the greeting or at once after it has left nothing", arguments: [500, 1900, 2500])
  func tooShort(_ milliseconds: Int64) {
    var office = Office.withVoiceMail()
    office.leaveMessage(of: .milliseconds(milliseconds) - .seconds(2))
    #expect(office.network.exchange.recordings(of: "2002").isEmpty)
    #expect(office.lamp("2002") == "0/0")
    #expect(office.leftovers() == [])
    #expect(office.network.media.openChannels == 0)
  }

  @Test("MWI-2: a full disk loses the message, nothing else")
  func fullDisk() {
    var office = Office.withVoiceMail()
    office.network.media.isDiskFull = true
    office.leaveMessage(of: .seconds(5))
    #expect(office.network.exchange.recordings(of: "2002").isEmpty)
    #expect(office.lamp("2002") == "0/0")
    office.network.media.isDiskFull = false
    office.leaveMessage(of: .seconds(5))
    #expect(office.lamp("2002") == "1/0")
    #expect(office.leftovers() == [])
  }

  @Test("MED-2: without a free channel the caller is not kept waiting, and nothing is left behind")
  func noChannel() {
    var office = Office.withVoiceMail()
    office.network.media.isFull = true
    let call = office.dial("2002", from: "2001")
    office.advance(by: .seconds(1))
    let state = office.call("2001", call)?.state
    #expect(state == .ended)
    office.network.media.isFull = false
    office.leaveMessage(of: .seconds(5))
    #expect(office.lamp("2002") == "1/0")
    #expect(office.leftovers() == [])
  }
}

extension Office {
  fileprivate static var voiceMailOptions: ExchangeOptions {
    var options = ExchangeOptions()
    options.privateNetworks = [AddressBlock("127.0.0.0/8")!]
    options.mediaChannels = 10
    return options
  }

  /// 2002 has a mailbox and forwards to voice mail at once.
  fileprivate static func withVoiceMail() -> Office {
    var office = Office(isRegistered: false)
    office.network.exchange.install(Self.voiceMailOptions)
    office.account = { number in
      var account = Office.account(number)
      account.settings.mailbox = number == "2002"
      return account
    }
    office.network.exchange.install(["2001", "2002", "2003"].map(office.account), at: office.network.now)
    for phone in office.network.phones { office.network.with(phone.number) { $0.register(at: $1) } }
    office.advance(by: .seconds(1))
    _ = office.dial("6012999", from: "2002")
    office.advance(by: .seconds(1))
    return office
  }

  /// 2001 calls 2002, hears the greeting, speaks for so long and hangs up.
  fileprivate mutating func leaveMessage(of length: Interval) {
    let call = self.dial("2002", from: "2001")
    // The greeting takes two seconds; a tenth has passed while dialling.
    self.advance(by: .milliseconds(1910) + length)
    self.network.with("2001") { $0.hangUp(call, at: $1) }
    self.advance(by: .seconds(1))
  }

  fileprivate mutating func press(_ key: String, at number: String, _ call: Int) {
    self.network.with(number) { $0.request(.info, call, body: Array("Signal=\(key)\r\nDuration=160\r\n".utf8), at: $1) }
    self.advance()
  }

  fileprivate func lamp(_ number: String) -> String {
    guard let message = self.phone(number).notifications.last else { return "dark" }
    let line = String(decoding: message.array(message.body), as: UTF8.self).split(separator: "\r\n").last ?? ""
    return String(line.dropFirst("Voice-Message: ".count).prefix { $0 != " " })
  }

  fileprivate var removed: [UInt32] {
    self.network.facts.compactMap { if case .removeRecording(let number) = $0 { number } else { nil } }
  }
}

extension Interval {
  fileprivate static func + (a: Interval, b: Interval) -> Interval { Interval(nanoseconds: a.nanoseconds + b.nanoseconds) }
  fileprivate static func - (a: Interval, b: Interval) -> Interval { Interval(nanoseconds: a.nanoseconds - b.nanoseconds) }
}
