import Sessions
import Testing

@testable import Media

@Suite("Source lock")
struct SourceLockTests {
  let said = SocketAddress(IPAddress(192, 0, 2, 1), port: 4000)
  let host = SocketAddress(IPAddress(192, 0, 2, 1), port: 4444)
  let real = SocketAddress(IPAddress(198, 51, 100, 7), port: 61000)
  let stranger = SocketAddress(IPAddress(203, 0, 113, 9), port: 5000)
  let second: UInt64 = 1_000_000_000

  @Test("MED-5: before the phone has said anything, everybody is a stranger")
  func closed() {
    var lock = SourceLock()
    #expect(lock.receive(self.said, ssrc: 1, sequence: 1, at: 0) == .stranger)
    lock.aim(at: nil, learns: true)
    #expect(lock.receive(self.said, ssrc: 1, sequence: 2, at: 0) == .stranger)
    #expect(lock.state == .closed)
  }

  @Test("MED-5: the signalled address is taken at once, another port of its host with the second packet, nobody else ever")
  func signalled() {
    var lock = SourceLock()
    lock.aim(at: self.said, learns: false)
    #expect(lock.receive(self.stranger, ssrc: 1, sequence: 1, at: 0) == .stranger)
    #expect(lock.receive(self.said, ssrc: 1, sequence: 1, at: 0) == .learned)
    #expect(lock.receive(self.said, ssrc: 2, sequence: 900, at: 0) == .accepted)
    #expect(lock.receive(self.host, ssrc: 1, sequence: 2, at: 0) == .stranger)
    var other = SourceLock()
    other.aim(at: self.said, learns: false)
    #expect(other.receive(self.host, ssrc: 1, sequence: 1, at: 0) == .undecided)
    #expect(other.receive(self.host, ssrc: 1, sequence: 2, at: 0) == .learned)
    #expect(other.source == self.host)
    #expect(other.receive(self.said, ssrc: 1, sequence: 3, at: 0) == .stranger)
  }

  @Test("MED-5: two packets count when they have one SSRC, follow each other and come within a second; numbers may wrap")
  func plausible() {
    func second(_ ssrc: UInt32, _ sequence: UInt16, _ time: UInt64) -> SourceLock.Verdict {
      var lock = SourceLock()
      lock.aim(at: self.said, learns: true)
      #expect(lock.receive(self.real, ssrc: 1, sequence: 0xffff, at: 0) == .undecided)
      return lock.receive(self.real, ssrc: ssrc, sequence: sequence, at: time)
    }
    #expect(second(1, 0, 20_000_000) == .learned)
    #expect(second(1, 3, 20_000_000) == .learned)
    #expect(second(1, 0xffff, 20_000_000) == .undecided)
    #expect(second(1, 0xfffe, 20_000_000) == .undecided)
    #expect(second(1, 100, 20_000_000) == .undecided)
    #expect(second(2, 0, 20_000_000) == .undecided)
    #expect(second(1, 0, 2 * self.second) == .undecided)
  }

  @Test("MED-5: with a known registration only its host is learned from; strangers cannot crowd it out where nothing is known")
  func registered() {
    var lock = SourceLock()
    lock.aim(at: self.said, learns: true, from: self.real.address)
    #expect(lock.receive(self.stranger, ssrc: 1, sequence: 1, at: 0) == .stranger)
    #expect(lock.receive(self.real, ssrc: 1, sequence: 1, at: 0) == .undecided)
    #expect(lock.receive(self.real, ssrc: 1, sequence: 2, at: 0) == .learned)
    var open = SourceLock()
    open.aim(at: self.said, learns: true)
    #expect(open.receive(self.real, ssrc: 1, sequence: 1, at: 0) == .undecided)
    for number in UInt16(1)...100 {
      let crowd = SocketAddress(IPAddress(203, 0, 113, UInt8(number)), port: 5000)
      #expect(open.receive(crowd, ssrc: 1, sequence: number &* 50, at: 0) == .undecided)
    }
    #expect(open.receive(self.real, ssrc: 1, sequence: 2, at: 0) == .learned)
    #expect(open.receive(self.stranger, ssrc: 1, sequence: 3, at: 0) == .stranger)
  }

  @Test("MED-5: only another address opens the lock again; a phone on hold that names none keeps its source")
  func again() {
    var lock = SourceLock()
    lock.aim(at: self.said, learns: false)
    _ = lock.receive(self.said, ssrc: 1, sequence: 1, at: 0)
    lock.aim(at: self.said, learns: false)
    #expect(lock.source == self.said)
    lock.aim(at: nil, learns: false)
    #expect(lock.source == self.said)
    lock.aim(at: self.host, learns: false)
    #expect(lock.source == nil)
    #expect(lock.state == .expecting(self.host))
  }

  @Test("MED-5: RTCP comes from one port of the voice's host")
  func control() {
    var lock = ControlLock()
    #expect(lock.receive(self.stranger, host: self.said.address) == false)
    #expect(lock.receive(self.said, host: nil) == false)
    #expect(lock.receive(self.said, host: self.said.address) == true)
    #expect(lock.receive(self.host, host: self.said.address) == false)
    lock.reset()
    #expect(lock.receive(self.host, host: self.said.address) == true)
  }
}
