import Kernel
import LoopbackSIP
import Sessions
import Testing

@testable import SIP

@Suite("Lamps of mailboxes")
struct MessageLampTests {
  @Test("MWI-1: a telephone that has subscribed is told in its subscription and by nothing else")
  func subscribed() throws {
    var office = Office.withMailboxes(["2002"])
    #expect(office.phone("2002").notifications.count == 1)
    office.watch("2002", from: "2002", "message-summary")
    #expect(office.lamp("2002").status == 200)
    let notify = try #require(office.lamp("2002").notifications.first)
    #expect(notify.text(.event) == "message-summary")
    #expect(notify.text(.contentType) == "application/simple-message-summary")
    #expect(
      office.lamp("2002").bodies.last
        == "Messages-Waiting: no\r\nMessage-Account: sip:*98@127.0.0.1\r\nVoice-Message: 0/0 (0/0)\r\n")
    office.put([true, true, false], for: "2002")
    #expect(office.lamp("2002").bodies.last?.hasSuffix("Voice-Message: 2/1 (0/0)\r\n") == true)
    office.network.with("2002") { $0.register(at: $1) }
    office.advance()
    #expect(office.phone("2002").notifications.count == 1)
    #expect(office.lamp("2002").notifications.count == 2)
    #expect(office.leftovers() == [])
  }

  @Test("MWI-1: the subscription given up, the telephone is told without being asked again")
  func givenUp() {
    var office = Office.withMailboxes(["2002"])
    office.watch("2002", from: "2002", "message-summary")
    office.network.with("2002") { $0.resubscribe(0, expires: "0", at: $1) }
    office.advance()
    office.put([true], for: "2002")
    #expect(office.phone("2002").notifications.count == 2)
    #expect(office.lamp("2002").notifications.count == 2)
  }

  @Test("INTEROP 13: who refused what it did not ask for may subscribe all the same")
  func refusedUnsolicited() {
    var office = Office.withMailboxes([])
    office.network.with("2002") { phone, _ in phone.notifyStatus = 489 }
    office.setMailboxes(["2002"])
    office.network.with("2002") { phone, _ in phone.notifyStatus = 200 }
    office.watch("2002", from: "2002", "message-summary")
    office.put([true], for: "2002")
    #expect(office.phone("2002").notifications.count == 1)
    #expect(office.lamp("2002").bodies.last?.contains("Voice-Message: 1/0") == true)
  }

  @Test(
    "MWI-1: everybody may watch the own mailbox, by its number or that of voice mail, and nobody another",
    arguments: [("2002", 200), ("*98", 200), ("2999", 200), ("voicemail", 200), ("2001", 403), ("2555", 404), ("x", 404)]
      as [(String, UInt16)])
  func whose(_ resource: String, _ status: UInt16) {
    var office = Office.withMailboxes(["2001", "2002"])
    office.watch(resource, from: "2002", "message-summary")
    #expect(office.lamp("2002").status == status)
    #expect(office.leftovers() == [])
  }

  @Test("MWI-1: where there is no mailbox there is nothing to watch, and one that goes ends the lamp")
  func none() {
    var office = Office.withMailboxes(["2002"])
    office.watch("2001", from: "2001", "message-summary")
    #expect(office.lamp("2001").status == 404)
    office.watch("2002", from: "2002", "message-summary")
    office.setMailboxes([])
    #expect(office.lamp("2002").told == "terminated;reason=noresource")
    #expect(office.network.exchange.subscriptions.isEmpty)
  }

  @Test("MWI-1: a lamp works on after a crash")
  func restart() {
    var office = Office.withMailboxes(["2002"])
    office.watch("2002", from: "2002", "message-summary")
    office.restart()
    office.put([true], for: "2002")
    #expect(office.lamp("2002").bodies.last?.contains("Voice-Message: 1/0") == true)
    #expect(office.sequence("2002").isRising)
  }
}

extension Office {
  fileprivate static func withMailboxes(_ numbers: [String]) -> Office {
    var office = Office(isRegistered: false)
    office.setMailboxes(numbers)
    for phone in office.network.phones { office.network.with(phone.number) { $0.register(at: $1) } }
    office.network.advance(by: .seconds(1))
    return office
  }

  fileprivate mutating func setMailboxes(_ numbers: [String]) {
    self.account = { number in
      var account = Office.account(number)
      account.settings.mailbox = numbers.contains(number)
      return account
    }
    self.network.exchange.install(["2001", "2002", "2003"].map(self.account), at: self.network.now)
    self.flushed()
  }

  /// One message each, new where true.
  fileprivate mutating func put(_ messages: [Bool], for owner: Digits) {
    let recordings = messages.enumerated().map { place, isNew in
      RecordingSummary(
        number: UInt32(place + 1), owner: owner, caller: "2001", time: self.network.now, length: .seconds(3), isNew: isNew)
    }
    self.network.exchange.setRecordings(of: owner, recordings, at: self.network.now)
    self.flushed()
  }

  /// Lets leave what the exchange wants to say.
  private mutating func flushed() {
    self.network.inject([0], from: SocketAddress(IPAddress(127, 0, 9, 9), port: 9))
    self.advance()
  }
}
