import Kernel
import SIP
import Testing

@Suite("Keys as INFO")
struct DTMFInfoTests {
  private func key(_ body: String, type: String = "application/dtmf-relay") -> DTMFInfo? {
    DTMFInfo(type: type, body: Array(body.utf8))
  }

  @Test("MED-4: dtmf-relay is understood however a telephone writes it")
  func relay() {
    let five = DTMFInfo(key: 5, duration: .milliseconds(160))
    for body in [
      "Signal=5\r\nDuration=160\r\n", "Signal=5\nDuration=160", "signal = 5\rDURATION =160\r", "Duration=160\r\nSignal= 5 \r\n",
      "Signal=5\r\n", "Signal=5\r\nDuration=\r\n", "Signal=5\r\nDuration=abc\r\n", "\r\n\r\nSignal=5",
      "Signal=5\r\nDuration=160\r\nVolume=10\r\nSignal=6",
    ] {
      #expect(self.key(body) == five, "\(body.debugDescription)")
    }
    #expect(self.key("Signal=5", type: "Application/DTMF-Relay; charset=utf-8") == five)
    let symbols = Array("0123456789*#ABCDabcd")
    #expect(symbols.map { self.key("Signal=\($0)")?.key } == Array(0...15) + [12, 13, 14, 15])
    #expect((10...15).map { self.key("Signal=\($0)")?.key } == Array(10...15))
  }

  @Test("MED-4: dtmf is the key alone")
  func single() {
    #expect(self.key("5", type: "application/dtmf") == DTMFInfo(key: 5))
    #expect(self.key(" #\r\n", type: "application/dtmf") == DTMFInfo(key: 11))
    #expect(self.key("Signal=9", type: "application/dtmf") == DTMFInfo(key: 9))
  }

  @Test("MED-4: durations stay between 40 ms and 6 s")
  func durations() {
    let asked: [(String, Int64)] = [("0", 40), ("1", 40), ("40", 40), ("250", 250), ("6000", 6000), ("65535", 6000)]
    for (text, wanted) in asked + [("4294967296", 6000), ("99999999999999999999999", 6000), ("-5", 160)] {
      #expect(self.key("Signal=1\r\nDuration=\(text)")?.duration.milliseconds == wanted, "\(text)")
    }
  }

  @Test(
    "MED-4: what is no key of ours is none, and goes to the other party as it is",
    arguments: [
      "", "\r\n", "=", "Signal", "Signal=", "Signal=\r\nSignal=5", "Signal=16", "Signal=09", "Signal=1x", "Signal=flash",
      "Signal=E", "Signal=55", "Signal=\u{0}", "Signal=５", "XSignal=5", "Duration=160",
    ])
  func none(_ body: String) {
    #expect(self.key(body) == nil)
    #expect(self.key(body, type: "application/dtmf") == nil)
  }

  @Test("MED-4: other bodies are none of ours, large ones are not read")
  func others() {
    #expect(self.key("Signal=5", type: "application/media_control+xml") == nil)
    #expect(self.key("Signal=5", type: "") == nil)
    #expect(self.key("Signal=5\r\n" + String(repeating: "x", count: 300)) == nil)
    var octets: UInt64 = 88_172_645_463_325_252
    for length in 0..<256 {
      let body = (0..<length).map { _ in
        octets ^= octets << 13
        octets ^= octets >> 7
        octets ^= octets << 17
        return UInt8(truncatingIfNeeded: octets)
      }
      _ = DTMFInfo(type: "application/dtmf-relay", body: body)
      _ = DTMFInfo(type: "application/dtmf", body: body)
      #expect(DTMFInfo(type: "application/dtmf-relay", body: Array("Signal=1\n".utf8) + body.prefix(200))?.key == 1)
    }
  }

  @Test("MED-4: what we write we understand")
  func roundTrip() {
    for key in UInt8(0)...15 {
      let pressed = DTMFInfo(key: key, duration: .milliseconds(40 + Int64(key) * 300))
      #expect(DTMFInfo(type: "application/dtmf-relay", body: pressed.body) == pressed)
    }
    #expect(String(decoding: DTMFInfo(key: 11).body, as: UTF8.self) == "Signal=#\r\nDuration=160\r\n")
  }
}
