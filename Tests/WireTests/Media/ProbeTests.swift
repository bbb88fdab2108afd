import Foundation
import Testing
extension Wire {
  @Suite struct Probe {
    @Test func keys() throws {
      let office = try Office(settings: [("2002", "dtmf-type=info")])
      defer { office.close() }
      let two = try office.phone("2002") { $0.events = nil }
      let one = try office.phone("2001")
      let (near, far) = try one.call(two)
      _ = far.hears(near)
      print("PATH", office.path ?? "", near.hearing, far.hearing)
      print(near.remote?.text ?? "", far.remote?.text ?? "")
      near.press("5")
      _ = wait(2) { false }
      print("KEYS", far.infoKeys, far.eventKeys, office.exchange.log)
    }
    @Test func mail() throws {
      let office = try Office(settings: [("2002", "mailbox=on")])
      defer { office.close() }
      let (caller, owner) = (try office.phone("2001"), try office.phone("2002"))
      _ = try owner.outcome("6012999")
      let line = try caller.call("2002")
      _ = line.hearsTheExchange(within: 10)
      _ = line.hearsNothing(within: 30, window: 2.5)
      try line.hangUp()
      _ = wait(5) { owner.lamp == true }
      print("BEFORE", try office.exchange.command("mailbox", "list"))
      try office.exchange.crashAndRestart()
      print("AFTER", try office.exchange.command("mailbox", "list"))
      try owner.register()
      let l = try owner.call("*98")
      print(l.hears([caller.voice], within: 5), l.hearing)
      print("LOG", office.exchange.log)
      print(try office.exchange.command("ladder", "last"))
      print(try office.exchange.json("cdr"))
    }
  }
}
