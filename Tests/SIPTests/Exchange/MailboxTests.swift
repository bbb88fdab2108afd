import Kernel
import LoopbackSIP
import Sessions
import Testing

@testable import SIP

@Suite("Mailboxes")
struct MailboxTests {
  // MARK: MWI-1

  @Test("MWI-1: a telephone with a mailbox is told after it has registered; one without hears nothing")
  func afterRegistering() throws {
    var office = Office(mailboxes: ["2002"])
    #expect(office.phone("2001").notifications.isEmpty)
    #expect(office.phone("2002").notifications.count == 1)
    let notify = try #require(office.phone("2002").notifications.first)
    #expect(notify.text(.event) == "message-summary")
    #expect(notify.text(.subscriptionState) == "terminated;reason=timeout")
    #expect(notify.text(.contentType) == "application/simple-message-summary")
    #expect(notify.text(.contact) == "<sip:*98@127.0.0.1:5060>")
    #expect(
      notify.bodyText
        == "Messages-Waiting: no\r\nMessage-Account: sip:*98@127.0.0.1\r\nVoice-Message: 0/0 (0/0)\r\n")
    let toPhone = office.network.trace.filter { !$0.isToExchange && $0.phone == "2002" }
    #expect(toPhone.map { String(decoding: $0.bytes.prefix(11), as: UTF8.self) }.suffix(2) == ["SIP/2.0 200", "NOTIFY sip:"])
    #expect(office.leftovers() == [])
  }

  @Test("MWI-1: it is told again when the counts change, not when it refreshes")
  func changes() {
    var office = Office(mailboxes: ["2002"])
    office.leave(7, for: "2002")
    #expect(office.told("2002") == ["0/0", "1/0"])
    #expect(office.phone("2002").notifications.last?.bodyText.hasPrefix("Messages-Waiting: yes\r\n") == true)
    office.network.with("2002") { $0.register(at: $1) }
    office.advance()
    #expect(office.told("2002") == ["0/0", "1/0"])
    office.order(.heard(7))
    #expect(office.told("2002") == ["0/0", "1/0", "0/1"])
    office.order(.heard(7))
    office.order(.discard(7))
    office.order(.discard(7))
    #expect(office.told("2002") == ["0/0", "1/0", "0/1", "0/0"])
    #expect(office.leftovers() == [])
  }

  @Test("MWI-1, PLAN-3: a plan without the module lights no lamp; one that is loaded anew puts them out, or lights them at once")
  func module() {
    var plan = Office.plan()
    plan.modules.removeAll { $0.module == "MessageWaiting" }
    var office = Office(mailboxes: ["2002"], isRegistered: false)
    office.network.exchange.install(plan)
    office.network.with("2002") { $0.register(at: $1) }
    office.advance(by: .seconds(1))
    office.leave(7, for: "2002")
    #expect(office.told("2002") == [])
    office.network.exchange.install(Office.plan())
    office.flush()
    #expect(office.told("2002") == ["1/0"])
    office.network.exchange.install(plan)
    office.flush()
    #expect(office.told("2002") == ["1/0", "0/0"])
    office.leave(8, for: "2002")
    #expect(office.told("2002") == ["1/0", "0/0"])
    #expect(office.leftovers() == [])
  }

  @Test(
    "MWI-1: who does not want to hear of messages is left alone until it registers anew", arguments: [405, 481, 489, 501, 401])
  func refused(_ status: UInt16) {
    var office = Office(mailboxes: ["2002"], isRegistered: false)
    office.network.with("2002") {
      $0.notifyStatus = status
      $0.register(at: $1)
    }
    office.advance(by: .seconds(1))
    office.leave(7, for: "2002")
    office.network.with("2002") { $0.register(at: $1) }
    office.advance(by: .seconds(1))
    #expect(office.told("2002") == ["0/0"])
    office.network.with("2002") { $0.register(expires: 0, at: $1) }
    office.advance(by: .seconds(1))
    office.network.with("2002") {
      $0.notifyStatus = 200
      $0.register(at: $1)
    }
    office.advance(by: .seconds(1))
    #expect(office.told("2002") == ["0/0", "1/0"])
    #expect(office.leftovers() == [])
  }

  @Test("MWI-1: a telephone that did not answer is asked again at its next REGISTER")
  func unanswered() {
    var office = Office(mailboxes: ["2002"])
    office.network.with("2002") { phone, _ in phone.isDeaf = true }
    office.leave(7, for: "2002")
    office.advance(by: .seconds(40))
    #expect(office.network.exchange.leftovers().isEmpty)
    office.network.with("2002") {
      $0.isDeaf = false
      $0.register(at: $1)
    }
    office.advance(by: .seconds(1))
    #expect(office.told("2002") == ["0/0", "1/0"])
  }

  @Test("MWI-1: what changes while a NOTIFY is under way is told after its answer, once")
  func crossing() {
    var office = Office(mailboxes: ["2002"])
    office.order(.begin(7, .none, owner: "2002", caller: "2001"))
    for number in UInt32(8)...12 { office.network.exchange.carryOut(.begin(number, .none, owner: "2002", caller: "2001")) }
    let ends = (UInt32(7)...12).map { MediaEvent.recorded(ChannelID(1), .init(number: $0, length: .seconds(3), isKept: true)) }
    office.network.with("2002") { phone, _ in phone.isDeaf = true }
    office.network.exchange.heard([ends[0]], at: office.network.now)
    office.flush()
    office.advance(by: .milliseconds(100))
    office.network.exchange.heard(Array(ends.dropFirst()), at: office.network.now)
    office.flush()
    office.network.with("2002") { phone, _ in phone.isDeaf = false }
    office.advance(by: .seconds(3))
    #expect(office.told("2002") == ["0/0", "1/0", "6/0"])
    #expect(office.leftovers() == [])
  }

  @Test("MWI-1: lost NOTIFYs are repeated; the telephone sees each once")
  func storm() {
    var office = Office(mailboxes: ["2002"])
    office.network.weather = .storm
    for number in UInt32(1)...20 {
      office.leave(number, for: "2002")
      office.advance(by: .seconds(3))
    }
    office.network.weather = .fine
    office.advance(by: .seconds(40))
    office.network.with("2002") { $0.register(at: $1) }
    office.advance(by: .seconds(1))
    #expect(office.told("2002").last == "20/0")
    #expect(office.leftovers() == [])
  }

  @Test("MWI-1: whatever is lost, refused or restarted, in the end every telephone knows its messages", arguments: UInt64(1)...40)
  func everything(_ seed: UInt64) {
    var office = Office(mailboxes: ["2001", "2002", "2003"], seed: seed)
    office.network.weather = .storm
    office.network.weather.storeFailure = 50
    var number: UInt32 = 0
    var begun: [UInt32] = []
    for _ in 0..<60 {
      let phone = ["2001", "2002", "2003"][Int(office.network.draw(3))]
      switch office.network.draw(10) {
      case 0...2:
        number += 1
        begun.append(number)
        office.order(.begin(number, .none, owner: Digits(phone) ?? "2001", caller: "2009"))
      case 3, 4:
        guard !begun.isEmpty else { continue }
        let ended = begun.remove(at: Int(office.network.draw(UInt64(begun.count))))
        office.end(ended, .milliseconds(Int64(office.network.draw(3000))))
      case 5: office.order(.heard(UInt32(office.network.draw(UInt64(number) + 2))))
      case 6: office.order(.discard(UInt32(office.network.draw(UInt64(number) + 2))))
      case 7: office.network.with(phone) { $0.register(at: $1) }
      case 8: office.network.with(phone) { $0.register(expires: 0, at: $1) }
      default:
        let status = [UInt16(200), 489, 500][Int(office.network.draw(3))]
        office.network.with(phone) { phone, _ in phone.notifyStatus = status }
      }
      office.advance(by: .milliseconds(Int64(office.network.draw(2000))))
    }
    for ended in begun { office.end(ended, .seconds(2)) }
    office.network.weather = .fine
    office.advance(by: .seconds(70))
    for phone in ["2001", "2002", "2003"] {
      office.network.with(phone) { $0.register(expires: 0, at: $1) }
      office.advance(by: .seconds(1))
      office.network.with(phone) {
        $0.notifyStatus = 200
        $0.register(at: $1)
      }
      office.advance(by: .seconds(1))
      let counts = office.network.exchange.mailboxes.counts(of: Digits(phone) ?? "2001")
      #expect(office.told(phone).last == "\(counts.new)/\(counts.old)", "\(phone) \(office.network.ladder)")
    }
    let left = Set((1...number).compactMap { office.network.exchange.mailboxes.recording($0)?.number })
    #expect(left.isDisjoint(with: office.removed), "nothing that lies in a mailbox has been deleted")
    #expect(office.leftovers() == [])
  }

  @Test("MWI-1: a mailbox that is given or taken away lights and darkens the lamp")
  func setting() {
    var office = Office()
    office.leave(7, for: "2002")
    #expect(office.told("2002") == [])
    office.setMailboxes(["2002"])
    #expect(office.told("2002") == ["1/0"])
    #expect(office.network.exchange.stationStatus().map(\.messages) == [nil, MessageCounts(new: 1, old: 0), nil])
    office.setMailboxes([])
    #expect(office.told("2002") == ["1/0", "0/0"])
    #expect(office.leftovers() == [])
  }

  // MARK: MWI-2

  @Test("MWI-2: a message of a second or more is kept, a shorter one or none is not")
  func lengths() {
    var office = Office(mailboxes: ["2002"])
    office.leave(1, for: "2002", .milliseconds(999))
    office.leave(2, for: "2002", .milliseconds(1000))
    office.leave(3, for: "2002", .seconds(60), isKept: false)
    let kept = office.network.exchange.recordings(of: "2002")
    #expect(kept.map(\.number) == [2])
    #expect(kept.first?.caller == "2001")
    #expect(office.removed == [1, 3])
    #expect(office.told("2002") == ["0/0", "1/0"])
    #expect(office.kernelRecordings("2002") == [Recording(number: 2, isNew: true)])
  }

  @Test("MWI-2: heard and deleted messages are so after a restart")
  func restart() {
    var office = Office(mailboxes: ["2002"])
    for number in UInt32(1)...3 { office.leave(number, for: "2002") }
    office.order(.heard(1))
    office.order(.discard(2))
    office.restart()
    #expect(office.network.exchange.recordings(of: "2002").map(\.number) == [1, 3])
    #expect(office.kernelRecordings("2002") == [Recording(number: 1, isNew: false), Recording(number: 3, isNew: true)])
    office.network.with("2002") { $0.register(at: $1) }
    office.advance(by: .seconds(1))
    #expect(office.told("2002").last == "1/1")
  }

  @Test("MWI-2: with its station a mailbox goes, and what was said to it")
  func removedStation() {
    var office = Office(mailboxes: ["2002"])
    office.leave(1, for: "2002")
    office.network.exchange.install([Office.account("2001")], at: office.network.now)
    office.flush()
    #expect(office.network.exchange.recordings(of: "2002").isEmpty)
    #expect(office.removed == [1])
    #expect(office.leftovers() == [])
  }

  @Test("MWI-2: a recording nobody began is deleted; one that is in a mailbox already is not")
  func unknown() {
    var office = Office(mailboxes: ["2002"])
    office.leave(1, for: "2002")
    let stray = [UInt32(1), 99].map {
      MediaEvent.recorded(ChannelID(1), .init(number: $0, length: .seconds(9), isKept: true))
    }
    office.network.exchange.heard(stray, at: office.network.now)
    office.flush()
    #expect(office.removed == [99])
    #expect(office.network.exchange.recordings(of: "2002").count == 1)
  }

  @Test("MWI-2: recordings whose end never comes are given up, oldest first")
  func abandoned() {
    var office = Office(mailboxes: ["2002"])
    for number in UInt32(1)...UInt32(Mailboxes.mostBegun + 2) {
      office.network.exchange.carryOut(.begin(number, .none, owner: "2002", caller: "2001"))
    }
    office.flush()
    #expect(office.removed == [1, 2])
    office.leave(1, for: "2002", begins: false)
    #expect(office.network.exchange.recordings(of: "2002").isEmpty)
  }

  // MARK: MED-4

  @Test("MED-4: a key is sent as INFO within the call, and not before it is answered")
  func key() throws {
    var office = Office()
    _ = office.dial("2002", from: "2001")
    let callee = try #require(office.leg(of: "2002"))
    office.network.exchange.sendKey(callee, key: 5, duration: .milliseconds(200))
    office.network.with("2002") { $0.answer(0, at: $1) }
    office.advance()
    #expect(office.call("2002")?.infos == [])
    office.network.exchange.sendKey(callee, key: 11, duration: .milliseconds(200))
    office.flush()
    #expect(office.call("2002")?.infos.map { String(decoding: $0, as: UTF8.self) } == ["Signal=#\r\nDuration=200\r\n"])
    office.network.with("2002") { $0.hangUp(0, at: $1) }
    #expect(office.leftovers() == [])
  }
}

extension Office {
  fileprivate init(mailboxes: [String], isRegistered: Bool = true, seed: UInt64 = 1) {
    self.init(seed: seed, isRegistered: false)
    self.setMailboxes(mailboxes)
    guard isRegistered else { return }
    for phone in self.network.phones { self.network.with(phone.number) { $0.register(at: $1) } }
    self.network.advance(by: .seconds(1))
  }

  fileprivate mutating func setMailboxes(_ numbers: [String]) {
    self.account = { number in
      var account = Office.account(number)
      account.settings.mailbox = numbers.contains(number)
      return account
    }
    self.network.exchange.install(["2001", "2002", "2003"].map(self.account), at: self.network.now)
    self.flush()
  }

  /// Lets leave what the exchange wants to say.
  fileprivate mutating func flush() {
    self.network.exchange.fire(at: self.network.now)
    self.network.inject([0], from: SocketAddress(IPAddress(127, 0, 9, 9), port: 9))
    self.advance()
  }

  fileprivate mutating func order(_ order: RecordingOrder) {
    self.network.exchange.carryOut(order)
    self.flush()
  }

  /// A message from 2001, whose leg is gone when the recording ends.
  fileprivate mutating func leave(
    _ number: UInt32, for owner: Digits, _ length: Interval = .seconds(5), isKept: Bool = true, begins: Bool = true
  ) {
    if begins { self.order(.begin(number, .none, owner: owner, caller: "2001")) }
    self.end(number, length, isKept: isKept)
  }

  fileprivate mutating func end(_ number: UInt32, _ length: Interval, isKept: Bool = true) {
    let done = RecordingDone(number: number, length: isKept ? length : .zero, isKept: isKept)
    self.network.exchange.heard([.recorded(ChannelID(1), done)], at: self.network.now)
    self.flush()
  }

  /// The counts that a telephone has been told, in order.
  fileprivate func told(_ number: String) -> [String] {
    self.phone(number).notifications.map { message in
      let line = message.bodyText.split(separator: "\r\n").first { $0.hasPrefix("Voice-Message: ") } ?? ""
      return String(line.dropFirst("Voice-Message: ".count).prefix { $0 != " " })
    }
  }

  fileprivate var removed: [UInt32] {
    self.network.facts.compactMap { if case .removeRecording(let number) = $0 { number } else { nil } }
  }

  fileprivate func kernelRecordings(_ owner: Digits) -> [Recording] { self.network.exchange.kernel.world.recordings(of: owner) }

  fileprivate func leg(of number: String) -> LegID? {
    var found: LegID?
    let world = self.network.exchange.kernel.world
    world.forEachCall { call, _ in
      world.forEachLeg(of: call) { id, leg in
        if leg.party.number.description == number { found = id }
      }
    }
    return found
  }
}

extension SIPMessage {
  fileprivate var bodyText: String { String(decoding: self.array(self.body), as: UTF8.self) }
}
