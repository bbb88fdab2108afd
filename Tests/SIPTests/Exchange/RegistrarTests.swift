import Kernel
import LoopbackSIP
import SIP
import Sessions
import Testing

@Suite("Registration")
struct RegistrarTests {
  @Test("REG-1: SHA-256 is as good as MD5, and the challenge offers both")
  func algorithms() {
    for algorithm in [DigestAlgorithm.md5, .sha256] {
      var office = Office(isRegistered: false)
      var phone = Stranger()
      #expect(office.register(&phone, algorithm: algorithm)?.statusCode == 200)
    }
    var office = Office(isRegistered: false)
    var phone = Stranger()
    let challenge = office.send(phone.text("REGISTER", uri: "sip:127.0.0.1"), from: phone).last
    #expect(challenge.map { message in message.headers(.wwwAuthenticate).map { message.string($0) }.count } == 2)
  }

  @Test("REG-1: an old nonce with a right digest is stale, a used count is not accepted again")
  func staleAndReplayed() {
    var office = Office(isRegistered: false)
    var phone = Stranger()
    let challenge = office.send(phone.text("REGISTER", uri: "sip:127.0.0.1"), from: phone).last
    let credentials = phone.credentials(for: challenge)
    #expect(office.send(phone.text("REGISTER", uri: "sip:127.0.0.1", headers: credentials), from: phone).last?.statusCode == 200)
    let replayed = office.send(phone.text("REGISTER", uri: "sip:127.0.0.1", headers: credentials), from: phone).last
    #expect(replayed?.statusCode == 401)
    office.advance(by: .seconds(301))
    let late = office.send(
      phone.text("REGISTER", uri: "sip:127.0.0.1", headers: phone.credentials(for: challenge, count: "00000002")), from: phone
    ).last
    #expect(late?.statusCode == 401)
    #expect(late?.text(.wwwAuthenticate).contains("stale=true") == true)
    let wrong = office.send(
      phone.text("REGISTER", uri: "sip:127.0.0.1", headers: phone.credentials(for: challenge, password: "no", count: "00000003")),
      from: phone
    ).last
    #expect(wrong?.text(.wwwAuthenticate).contains("stale=true") != true, "RELIABILITY 22: stale only where the digest was right")
  }

  @Test("REG-2: unknown number, wrong user and wrong password are refused with the same octets")
  func refusalsAlike() {
    var answers: Set<String> = []
    for (number, user, password) in [
      ("2001", "2001-u", "wrong"), ("2001", "nobody", "secret-2001"), ("2777", "2777-u", "x"), ("9", "9-u", "x"),
    ] {
      var office = Office(isRegistered: false)
      var stranger = Stranger(number: number)
      guard let refusal = office.register(&stranger, password: password, user: user) else {
        Issue.record("no answer")
        continue
      }
      answers.insert(refusal.own)
    }
    #expect(answers.count == 1, "\(answers)")
  }

  @Test("REG-3: expiry is granted up to the option, refused below 60 s, and ends the binding")
  func expiry() {
    var office = Office(isRegistered: false)
    var phone = Stranger()
    #expect(office.register(&phone, expires: 9999)?.text(.contact).contains("expires=600") == true)
    let brief = office.register(&phone, expires: 30)
    #expect(brief?.statusCode == 423)
    #expect(brief?.text(.minExpires) == "60")
    #expect(office.register(&phone, expires: 60)?.text(.contact).contains("expires=60") == true)
    #expect(office.network.exchange.stationStatus()[0].isRegistered)
    office.advance(by: .seconds(61))
    #expect(!office.network.exchange.stationStatus()[0].isRegistered)
    #expect(office.access.last?.outcome == "deregistered")
  }

  @Test("REG-3: Expires 0 and Contact * deregister")
  func deregisters() {
    var office = Office(isRegistered: false)
    var phone = Stranger()
    office.register(&phone)
    #expect(office.register(&phone, expires: 0)?.text(.contact) == "")
    #expect(!office.network.exchange.stationStatus()[0].isRegistered)
    office.register(&phone)
    #expect(office.register(&phone, contact: "*", expires: 0)?.statusCode == 200)
    #expect(!office.network.exchange.stationStatus()[0].isRegistered)
  }

  @Test(
    "RELIABILITY 24: Contacts that nobody can or may call are refused",
    arguments: [
      "*", "*, <sip:2001@127.0.7.1>", "<sip:2001@127.0.0.1:5060>", "<sip:2001@127.0.0.1>", "<sip:2001@224.0.0.1>",
      "<sip:2001@255.255.255.255>",
      "<sip:2001@0.0.0.0>", "<http://127.0.7.1>", "<sip:2001@127.0.7.1?Route=%3Csip:x%3E>", "<tel:2001>",
    ])
  func hostileContacts(_ contact: String) {
    var office = Office(isRegistered: false)
    var phone = Stranger()
    let answer = office.register(&phone, contact: contact, expires: 300)
    #expect(answer?.statusCode == 400, "\(contact)")
    #expect(!office.network.exchange.stationStatus()[0].isRegistered)
  }

  @Test("REG-4: beyond the licensed stations a new one is refused, a refresh is not")
  func licences() {
    var office = Office(options: { $0.licensedStations = 2 }, isRegistered: false)
    for number in ["2001", "2002", "2003"] { office.network.with(number) { $0.register(at: $1) } }
    office.advance(by: .seconds(1))
    #expect(office.network.phones.filter { $0.registerStatus == 200 }.count == 2)
    #expect(office.network.phones.filter { $0.registerStatus == 403 }.count == 1)
    let registered = office.network.phones.first { $0.isRegistered }?.number ?? ""
    office.network.with(registered) { $0.register(at: $1) }
    office.advance(by: .seconds(1))
    #expect(office.phone(registered).registerStatus == 200)
  }

  @Test("REG-6: only listed addresses register and call; .255 stands for its network")
  func whiteList() {
    var office = Office()
    office.network.exchange.install(whiteList: [AddressBlock("127.0.1.1")!])
    #expect(office.outcome(of: "2003", from: "2002") == 403)
    office.network.with("2002") { $0.register(at: $1) }
    office.advance()
    #expect(office.phone("2002").registerStatus == 403)
    office.network.exchange.install(whiteList: [AddressBlock("192.168.1.255")!])
    for (last, isIn) in [(UInt8(1), true), (254, true)] {
      var stranger = Stranger(host: IPAddress(192, 168, 1, last), callID: "w\(last)")
      #expect((office.register(&stranger)?.statusCode == 200) == isIn)
    }
    var other = Stranger(host: IPAddress(192, 168, 2, 1), callID: "other")
    #expect(office.register(&other)?.statusCode == 403)
  }

  @Test("REG-7: with no-response everybody is challenged alike and wrong credentials get nothing")
  func silence() {
    for number in ["2001", "2777"] {
      var office = Office(options: { $0.isSilentOnFailure = true }, isRegistered: false)
      var stranger = Stranger(number: number)
      let challenge = office.send(stranger.text("REGISTER", uri: "sip:127.0.0.1"), from: stranger)
      #expect(challenge.map { $0.statusCode } == [401])
      let line = stranger.credentials(for: challenge.last, password: "wrong")
      #expect(office.send(stranger.text("REGISTER", uri: "sip:127.0.0.1", headers: line), from: stranger).isEmpty)
      #expect(office.leftovers().isEmpty)
    }
  }

  @Test("REG-8: too many wrong passwords block the source for a time, for every message; success resets the count")
  func blocks() {
    var office = Office(isRegistered: false)
    var guesser = Stranger()
    for _ in 0..<4 { office.register(&guesser, password: "wrong") }
    #expect(office.register(&guesser)?.statusCode == 200)
    for _ in 0..<5 { office.register(&guesser, password: "wrong") }
    #expect(office.network.exchange.blocked().map(\.source) == [guesser.address.address])
    #expect(office.register(&guesser) == nil)
    #expect(office.send(guesser.text("OPTIONS"), from: guesser).isEmpty)
    var neighbour = Stranger(2, callID: "neighbour")
    #expect(office.register(&neighbour)?.statusCode == 200, "RELIABILITY 20: the real phone still gets in")
    office.advance(by: .seconds(301))
    #expect(office.register(&guesser)?.statusCode == 200)
    #expect(office.network.facts.contains { if case .block = $0 { true } else { false } })
  }

  @Test("RELIABILITY 21: failures with a nonce of another address block nobody")
  func spoofedFailures() {
    var office = Office(isRegistered: false)
    var attacker = Stranger(9, callID: "attacker")
    let challenge = office.send(attacker.text("REGISTER", uri: "sip:127.0.0.1"), from: attacker).last
    var victim = Stranger(1, callID: "forged")
    for count in 1...20 {
      let line = victim.credentials(for: challenge, password: "wrong", count: "000000\(10 + count)")
      #expect(office.send(victim.text("REGISTER", uri: "sip:127.0.0.1", headers: line), from: victim).last?.statusCode == 401)
    }
    #expect(office.network.exchange.blocked().isEmpty)
  }

  @Test("REG-9, REG-10: the access log tells every attempt, the status what is registered")
  func accessLog() {
    var office = Office(isRegistered: false)
    var phone = Stranger()
    office.register(&phone, password: "wrong")
    office.register(&phone)
    office.register(&phone)
    #expect(office.access.map(\.outcome) == ["refused", "registered", "refreshed"])
    #expect(office.access.allSatisfy { $0.number == "2001" && $0.source == phone.address && $0.time > .zero })
    let status = office.network.exchange.stationStatus()
    #expect(status[0].address == phone.address)
    #expect(status[1].address.address.isUnspecified)
  }

  @Test("REG-11: NAT check ip calls the Contact, ip-and-port where the packets come from; neither decides who calls")
  func natCheck() {
    for check in [StationAccount.NATCheck.ip, .ipAndPort] {
      var office = Office(options: { _ in }, account: { $0.natCheck = check }, isRegistered: false)
      office.network.with("2002") { $0.register(at: $1) }
      office.advance()
      var phone = Stranger(1)
      #expect(office.register(&phone, contact: "<sip:2001@127.0.8.8:5070>")?.statusCode == 200)
      _ = office.dial("2001", from: "2002")
      let called = office.network.elsewhere.last { $0.bytes.starts(with: Array("INVITE".utf8)) }?.to
      #expect(called == (check == .ip ? SocketAddress(IPAddress(127, 0, 8, 8), port: 5070) : phone.address))
      var dialler = Stranger(1, callID: "call")
      #expect(
        office.send(dialler.text("INVITE", to: "2003", body: Stranger.sdp), from: dialler).last?.statusCode == 480, "CALL-5")
      var other = Stranger(host: IPAddress(127, 0, 8, 8), callID: "other")
      #expect(office.send(other.text("INVITE", to: "2003", body: Stranger.sdp), from: other).last?.statusCode == 403, "CALL-5")
    }
  }

  @Test("REG-13: one device by default, the newest wins; with more, all of them ring")
  func severalContacts() {
    for contacts in [1, 2] {
      var office = Office(options: { _ in }, account: { $0.contacts = contacts })
      var second = Stranger(1)
      #expect(office.register(&second)?.statusCode == 200)
      #expect(office.network.exchange.registrations().filter { "\($0.station)" == "2001" }.count == contacts)
      _ = office.dial("2001", from: "2002")
      #expect(office.network.elsewhere.contains { $0.bytes.starts(with: Array("INVITE".utf8)) })
      #expect(office.phone("2001").invites.count == contacts - 1)
    }
  }

  @Test("ARCHITECTURE rule 7: a registration the store cannot keep is not confirmed")
  func notKept() {
    var office = Office(isRegistered: false)
    office.network.weather.storeFailure = 1000
    office.network.with("2001") { $0.register(at: $1) }
    office.advance(by: .seconds(1))
    #expect(office.phone("2001").registerStatus == 503)
    #expect(!office.network.exchange.stationStatus()[0].isRegistered)
  }
}
