import Features
import Kernel
import LoopbackSIP
import Sessions
import Testing

@testable import SIP

@Suite("Lamps of stations")
struct LampTests {
  @Test("RFC 4235: who subscribes is told at once; an idle telephone has one dialog that is over")
  func idle() throws {
    var office = Office()
    office.watch("2002", from: "2001")
    let lamp = office.lamp("2001")
    #expect(lamp.status == 200)
    #expect(lamp.answer?.expires == 600)
    #expect(lamp.answer?.text(.contact) == "<sip:2002@127.0.0.1:5060>")
    let notify = try #require(lamp.notifications.first)
    #expect(notify.text(.event) == "dialog")
    #expect(notify.text(.subscriptionState).hasPrefix("active;expires="))
    #expect(notify.text(.contentType) == "application/dialog-info+xml")
    #expect(
      lamp.bodies == [
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n"
          + "<dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\" version=\"1\" state=\"full\" entity=\"sip:2002@127.0.0.1\">"
          + "<dialog id=\"2002\"><state>terminated</state></dialog></dialog-info>\r\n"
      ])
    #expect(office.leftovers() == [])
  }

  @Test("RFC 4235, INTEROP 10: ringing, talking, on hold, over: what a lamp shows of the called and of the caller")
  func call() throws {
    var office = Office()
    office.watch("2002", from: "2003")
    office.watch("2001", from: "2003")
    let call = office.dial("2002", from: "2001")
    office.network.with("2002") { $0.ring(0, at: $1) }
    office.advance()
    let early = try #require(office.lamp("2003").bodies.last)
    let invite = try #require(office.phone("2002").invites.first)
    let tag = String(decoding: office.call("2002")?.localTag ?? [], as: UTF8.self)
    #expect(
      early.contains(
        " call-id=\"\(invite.string(invite.callID))\" local-tag=\"\(tag)\" "
          + "remote-tag=\"\(invite.from.tag.map { invite.string($0) } ?? "")\" direction=\"recipient\"><state>early</state>"
          + "<remote><identity display=\"Name 2001\">sip:2001@127.0.0.1</identity><target uri=\"sip:2001@127.0.0.1\"/></remote>"
          + "<local><identity>sip:2002@127.0.0.1</identity><target uri=\"sip:2002@127.0.0.1\"/></local></dialog>"),
      "\(early)")
    office.network.with("2002") { $0.answer(0, at: $1) }
    office.advance()
    office.network.with("2002") { $0.hold(0, true, at: $1) }
    office.advance()
    #expect(office.lamp("2003").bodies.last?.contains("<param pname=\"+sip.rendering\" pvalue=\"no\"/>") == true)
    #expect(office.lamp("2003", 1).bodies.last?.contains("+sip.rendering") == false)
    office.network.with("2002") { $0.hold(0, false, at: $1) }
    office.advance()
    #expect(office.lamp("2003").bodies.last?.contains("+sip.rendering") == false)
    office.network.with("2001") { $0.hangUp(call, at: $1) }
    office.advance()
    #expect(office.states("2003", 0) == ["terminated", "trying", "early", "confirmed", "confirmed", "confirmed", "terminated"])
    #expect(office.states("2003", 1).first == "terminated")
    #expect(office.states("2003", 1).last == "terminated")
    #expect(office.lamp("2003", 1).bodies.dropFirst().dropLast().allSatisfy { $0.contains("direction=\"initiator\"") })
    #expect(office.versions("2003").isRising && office.versions("2003", 1).isRising)
    #expect(office.sequence("2003").isRising && office.sequence("2003", 1).isRising)
    #expect(office.leftovers() == [])
  }

  @Test("RFC 4235: a busy station that is called by its other lines shows each dialog")
  func several() {
    var office = Office()
    office.watch("2001", from: "2003")
    let first = office.dial("2002", from: "2001")
    office.network.with("2002") { $0.answer(0, at: $1) }
    office.advance()
    office.network.with("2001") { $0.hold(first, true, at: $1) }
    office.advance()
    _ = office.dial("2003", from: "2001")
    office.network.with("2003") { $0.ring(0, at: $1) }
    office.advance()
    #expect(office.states("2003").last == "early+confirmed", "\(office.states("2003"))")
    office.network.with("2001") {
      $0.hangUp(0, at: $1)
      $0.hangUp(1, at: $1)
    }
    office.advance()
    #expect(office.states("2003").last == "terminated")
    #expect(office.leftovers() == [])
  }

  @Test("RFC 4235: at most eight dialogs stand in a document, however many a station has")
  func many() {
    var office = Office()
    office.watch("2001", from: "2003")
    for _ in 0..<12 { _ = office.dial("2002", from: "2001") }
    let call = office.call("2001", 0)
    #expect(call != nil)
    let most = office.states("2003").map { $0.split(separator: "+").count }.max() ?? 0
    #expect(most <= 8, "\(office.states("2003"))")
  }

  @Test("CALL-6, RFC 3323: who withholds his number is anonymous on every lamp")
  func withheld() {
    var office = Office()
    office.watch("2002", from: "2003")
    office.network.with("2001") { phone, _ in phone.extraHeaders = "Privacy: id\r\n" }
    _ = office.dial("2002", from: "2001")
    office.network.with("2002") { $0.ring(0, at: $1) }
    office.advance()
    office.network.with("2002") { $0.answer(0, at: $1) }
    office.advance()
    for body in office.lamp("2003").bodies {
      #expect(!body.contains("2001"), "\(body)")
    }
    #expect(office.lamp("2003").bodies.last?.contains("display=\"Anonymous\">sip:anonymous@anonymous.invalid") == true)
  }

  @Test("RELIABILITY 8: what a telephone calls itself cannot write into a document")
  func escaped() throws {
    var office = Office()
    office.account = { number in
      var account = Office.account(number)
      account.name = "\"><dialog id='x'>&\u{1}\u{fffe}\u{7f} Ann"
      return account
    }
    office.network.exchange.install(["2001", "2002", "2003"].map(office.account), at: office.network.now)
    office.watch("2002", from: "2003")
    _ = office.dial("2002", from: "2001")
    let body = try #require(office.lamp("2003").bodies.last)
    #expect(body.contains("display=\"&quot;&gt;&lt;dialog id=&apos;x&apos;&gt;&amp; "), "\(body)")
    #expect(body.unicodeScalars.allSatisfy { $0.value >= 0x20 || $0 == "\r" || $0 == "\n" })
    #expect(Office.values("<dialog ", ">", in: body).count == 1)
  }

  @Test("RFC 4235: a code is no call: the lamp stays as it is")
  func codes() {
    var office = Office()
    office.watch("2002", from: "2003")
    _ = office.dial("6012001", from: "2002")
    #expect(office.states("2003") == ["terminated"])
    #expect(office.leftovers() == [])
  }

  // MARK: Lamps of modules

  @Test("DND-2: `dnd-2002` burns while the station does not want to be disturbed")
  func doNotDisturb() {
    var office = Office()
    office.watch("dnd-2002", from: "2001")
    #expect(office.lamp("2001").bodies.first?.contains("entity=\"sip:dnd-2002@127.0.0.1\"><dialog id=\"dnd-2002\">") == true)
    _ = office.dial("401", from: "2002")
    office.advance()
    #expect(office.states("2001") == ["terminated", "confirmed"])
    office.restart()
    office.advance(by: .seconds(40))
    #expect(office.states("2001") == ["terminated", "confirmed", "confirmed"])
    _ = office.dial("400", from: "2002")
    office.advance()
    #expect(office.states("2001").last == "terminated")
    #expect(office.versions("2001").isRising)
    #expect(office.leftovers() == [])
  }

  @Test("PARK-4: `park-2002` may be watched, whether or not the plan has parking")
  func park() {
    var office = Office()
    office.watch("park-2002", from: "2001")
    #expect(office.lamp("2001").status == 200)
    #expect(office.states("2001") == ["terminated"])
  }

  @Test("PARK-4: `park-2001` burns while a call is parked there, flashes while it comes back, and goes out once it is fetched")
  func parked() {
    var office = Office()
    var plan = Office.plan()
    plan.modules.append(
      Plan.Placement(
        module: "CallPark", options: OptionValues(defaultsOf: CallPark.descriptor),
        codes: [Plan.Code(digits: "11", action: 0), Plan.Code(digits: "12", action: 1)]))
    office.network.exchange.install(plan)
    office.watch("park-2001", from: "2003")
    let call = office.dial("2002", from: "2001")
    office.network.with("2002") { $0.answer(0, at: $1) }
    office.advance()
    office.network.with("2001") { $0.hold(call, true, at: $1) }
    office.advance()
    #expect(office.outcome(of: "11", from: "2001") == 480)
    office.advance()
    #expect(office.states("2003") == ["terminated", "confirmed"], "\(office.network.ladder)")
    office.advance(by: .seconds(61))
    #expect(office.states("2003") == ["terminated", "confirmed", "early"])
    office.advance(by: .seconds(25))
    #expect(office.states("2003").last == "confirmed")
    #expect(office.outcome(of: "122001", from: "2003") == 200, "\(office.network.ladder)")
    office.advance()
    #expect(office.states("2003").last == "terminated")
  }

  @Test("DND-2: what the store could not keep goes out again")
  func notKept() {
    var office = Office()
    office.watch("dnd-2002", from: "2001")
    office.network.weather.storeFailure = 1000
    _ = office.dial("401", from: "2002")
    office.advance(by: .seconds(1))
    #expect(office.states("2001").last == "terminated", "\(office.states("2001"))")
  }
}
