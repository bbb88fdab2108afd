import Foundation
import Testing

extension Wire {
  @Suite("Voice mail")
  struct VoiceMail {
    /// 2002 has a mailbox and forwards to it; 2001 calls. Returns both and the office.
    private func office(space: Int? = nil) throws -> (Office, caller: TestPhone, owner: TestPhone) {
      let office = try Office(settings: [("2002", "mailbox=on")], space: space)
      let (caller, owner) = (try office.phone("2001"), try office.phone("2002"))
      let forward = try owner.outcome("6012999")
      #expect(forward.status == 480, "\(forward)")
      return (office, caller, owner)
    }

    /// Calls 2002, waits for the end of the greeting and speaks for some seconds.
    private func leaveMessage(from caller: TestPhone, seconds: Double = 2.5) throws {
      let line = try caller.call("2002")
      #expect(line.hearsTheExchange(within: 10), "the greeting: \(line.hearing)")
      #expect(line.hearsNothing(within: 30, window: seconds), "the end of the greeting: \(line.hearing)")
      try line.hangUp()
    }

    /// Dials the mailbox and waits until exactly the caller's voice is heard.
    private func listen(_ owner: TestPhone, to caller: TestPhone) throws -> Line {
      let line = try owner.call("*98")
      #expect(line.hears([caller.voice], within: 20), "the message: \(line.hearing)")
      return line
    }

    @Test("MWI-1, MWI-2: left, lamp on, kept through kill -9, heard, deleted, lamp off", .timeLimit(.minutes(2)))
    func messageAndLamp() throws {
      let (office, caller, owner) = try office()
      defer { office.close() }
      #expect(owner.lamp != true)
      try leaveMessage(from: caller)
      #expect(wait(5) { owner.lamp == true }, "\(owner.notifications)")
      #expect(owner.notifications.last?.contains(#/(?i)voice-message:\s*1\/0/#) == true, "\(owner.notifications)")

      try office.exchange.crashAndRestart()
      try owner.register()
      let line = try listen(owner, to: caller)
      line.draw("voice-mail", "Voice mail: what the owner hears")
      line.press("7")
      #expect(wait(8) { owner.lamp == false }, "\(owner.notifications)")
      try line.hangUp()
      #expect(try office.isIdle())

      let again = try owner.call("*98")
      #expect(!again.hears([caller.voice], within: 4), "what is deleted is not heard again: \(again.hearing)")
      if !again.hasEnded { try again.hangUp() }
      #expect(try office.isIdle())
      #expect(wait(3) { office.openMediaPorts.isEmpty })
    }

    @Test("MWI-2: a phone with dtmf-type=info deletes its message by INFO", .timeLimit(.minutes(2)))
    func keysByInfo() throws {
      let (office, caller, owner) = try office()
      defer { office.close() }
      try office.exchange.command("station", "set", "2002", "dtmf-type=info")
      try leaveMessage(from: caller)
      #expect(wait(5) { owner.lamp == true }, "\(owner.notifications)")
      let line = try listen(owner, to: caller)
      try line.pressByInfo("7")
      #expect(wait(8) { owner.lamp == false }, "\(owner.notifications)")
    }

    @Test("MWI-2: a message that was only heard is kept as an old one, and the lamp goes out", .timeLimit(.minutes(2)))
    func heardIsOld() throws {
      let (office, caller, owner) = try office()
      defer { office.close() }
      try leaveMessage(from: caller)
      #expect(wait(5) { owner.lamp == true }, "\(owner.notifications)")
      let line = try listen(owner, to: caller)
      #expect(wait(15) { !line.hears([caller.voice], within: 0.3) }, "the message ends")
      if !line.hasEnded { try line.hangUp() }
      #expect(wait(5) { owner.lamp == false }, "\(owner.notifications)")
      #expect(owner.notifications.last?.contains(#/(?i)voice-message:\s*0\/1/#) == true, "\(owner.notifications)")
    }

    @Test(
      "MWI-2: the disk is full: the exchange stays up, no lamp tells of a message that is not kept; with room again it goes on",
      .timeLimit(.minutes(2)), .enabled(if: SmallDisk.isPossible, "only root can make a small disk"))
    func diskFull() throws {
      let (office, caller, owner) = try office(space: 12 << 20)
      defer { office.close() }
      let other = try office.phone("2003")
      let filler = try SmallDisk.fill(office.exchange.folder.url)
      try leaveMessage(from: caller)
      #expect(!wait(3) { owner.lamp == true }, "\(owner.notifications)")
      #expect(office.exchange.isAlive)
      // Telephony needs no disk.
      let (near, far) = try caller.call(other)
      #expect(near.hears(far) && far.hears(near))
      try near.hangUp()
      try FileManager.default.removeItem(at: filler)
      try leaveMessage(from: caller)
      #expect(wait(5) { owner.lamp == true }, "\(owner.notifications)")
      _ = try listen(owner, to: caller)
    }

    @Test(
      "MWI-2: the exchange ends in the middle of a message: it starts again, and the owner is told the truth",
      .timeLimit(.minutes(2)))
    func crashWhileRecording() throws {
      let (office, caller, owner) = try office()
      defer { office.close() }
      let line = try caller.call("2002")
      #expect(line.hearsNothing(within: 30, window: 2), "the end of the greeting: \(line.hearing)")
      try office.exchange.crashAndRestart()
      #expect(office.exchange.isAlive)
      try owner.register()
      // Kept or lost, both are honest; a lamp without a message is not.
      let retrieval = try owner.call("*98")
      let isThere = retrieval.hears([caller.voice], within: 10)
      #expect(owner.lamp != true || isThere, "\(owner.notifications)")
    }
  }
}
