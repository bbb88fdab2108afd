import Kernel
import Sessions
import Testing

@Suite("Calls through the media server") struct ServerTests {
  @Test("CALL-9: between networks each phone is told the exchange's address and a port of its own, and both are joined")
  func relay() throws {
    var bench = Bench.served()
    try bench.open(0, offer: phone("192.0.2.10", port: 10_000)) { $0.isPrivate = false }
    try bench.call(1, for: 0) { _ in }
    #expect(bench.take() == ["open 1", "open 2"])
    bench.negotiator.heard(.opened(ChannelID(1), MediaPlace(port: 40_002, key: [])), at: bench.now, into: &bench.orders)
    #expect(bench.take() == [], "the INVITE waits for the caller's port too")
    bench.negotiator.heard(.opened(ChannelID(2), MediaPlace(port: 40_004, key: [])), at: bench.now, into: &bench.orders)
    #expect(bench.lastText(1).contains("c=IN IP4 192.0.2.1\r\n") && !bench.lastText(1).contains("192.0.2.10"))
    #expect(bench.orders.map(words).contains("invite 1 40002"))
    bench.receive(1, .accepted(sdp: phone("192.0.2.20", port: 20_000), branch: 1))
    bench.goal(0, .with(Bench.leg(1)))
    bench.answer(0)
    #expect(!bench.lastText(0).contains("192.0.2.20"))
    let told = bench.take()
    #expect(told.contains("accept 0 40004") && told.contains("joined 0") && told.contains("path 0 1 relay"))
    #expect(told.contains("aim 1 192.0.2.20:20000") && told.contains("aim 2 192.0.2.10:10000"))
    #expect(told.contains("attach 1 relay 2") && told.contains("attach 2 relay 1"))
    bench.receive(0, .ack(sdp: nil))
    bench.close(0)
    bench.close(1)
    #expect(bench.take().filter { $0.hasPrefix("close") }.sorted() == ["close 1", "close 2"])
    #expect(bench.negotiator.openLines == 0)
  }

  @Test("CALL-2: in one network nothing runs through the media server, though there is one")
  func direct() throws {
    var bench = Bench.served()
    try bench.talk()
    bench.close(0)
    #expect(!bench.take().contains { $0.hasPrefix("open") })
  }

  @Test("HOLD-2: the held party is told the media server's port, hears music, and both are back after the resume")
  func music() throws {
    var bench = Bench.served()
    try bench.talk()
    bench.receive(0, .reinvite(sdp: phone("192.0.2.10", port: 10_000, version: 2, direction: "sendonly")))
    bench.goal(1, .music)
    bench.giveports()
    let held = bench.take()
    #expect(
      held.contains("held 0") && held.contains("reinvite 1 40002") && held.contains("aim 1 192.0.2.20:20000")
        && held.contains("accept 0 20000 inactive"))
    bench.receive(0, .ack(sdp: nil))
    bench.receive(1, .accepted(sdp: phone("192.0.2.20", port: 20_000, version: 2), branch: 1))
    #expect(bench.take() == ["ack 1 -", "joined 1", "path 1 1 mixed", "attach 1 music"])
    bench.tick()
    bench.receive(0, .reinvite(sdp: phone("192.0.2.10", port: 10_000, version: 3)))
    bench.goal(1, .with(Bench.leg(0)))
    bench.tick()
    #expect(bench.take() == ["resumed 0", "reinvite 1 10000", "attach 1 nothing"])
    bench.receive(1, .accepted(sdp: phone("192.0.2.20", port: 20_000, version: 3), branch: 1))
    let back = bench.take()
    #expect(back.contains("accept 0 20000") && back.contains("path 1 0 direct") && back.contains("close 1"))
    #expect(bench.negotiator.openLines == 0)
  }

  @Test("HOLD-2: a relayed call is held and resumed on the same port")
  func heldRelay() throws {
    var bench = Bench.served()
    try bench.talkRelayed()
    bench.receive(0, .reinvite(sdp: phone("192.0.2.10", port: 10_000, version: 2, direction: "sendonly")))
    bench.goal(1, .music)
    #expect(bench.take().contains("reinvite 1 40002"))
    bench.receive(0, .ack(sdp: nil))
    bench.receive(1, .accepted(sdp: phone("192.0.2.20", port: 20_000, version: 2), branch: 1))
    #expect(bench.take().contains("attach 1 music"))
    bench.receive(0, .reinvite(sdp: phone("192.0.2.10", port: 10_000, version: 3)))
    bench.goal(1, .with(Bench.leg(0)))
    bench.tick()
    #expect(bench.orders.map(words).contains("reinvite 1 40002"))
    bench.receive(1, .accepted(sdp: phone("192.0.2.20", port: 20_000, version: 3), branch: 1))
    let back = bench.take()
    #expect(back.contains("accept 0 40004") && back.contains("path 1 0 relay"))
    #expect(back.contains("attach 1 relay 2") || back.contains("attach 2 relay 1"))
  }

  @Test("CONF-1, CONF-2: who enters a room is re-INVITEd, also when its voice comes here already; a tone tells no phone")
  func room() throws {
    var bench = Bench.served()
    try bench.open(0, offer: phone("192.0.2.10", port: 10_000))
    bench.goal(0, .room(7))
    bench.answer(0)
    bench.giveports()
    #expect(
      bench.take() == ["open 1", "accept 0 40002", "aim 1 192.0.2.10:10000", "attach 1 room(7)", "joined 0", "path 0 0 mixed"])
    bench.receive(0, .ack(sdp: nil))
    bench.goal(0, .tone(.busy))
    #expect(bench.take().filter { !$0.hasPrefix("path") } == ["joined 0", "attach 1 tone(Kernel.Tone.busy)"])
    for _ in 1...2 {
      bench.goal(0, .room(8))
      #expect(bench.take().contains("reinvite 0 40002"))
      bench.receive(0, .accepted(sdp: phone("192.0.2.10", port: 10_000), branch: 1))
      #expect(bench.take().contains("ack 0 -"))
    }
    // One that holds is answered at its resume.
    bench.receive(0, .reinvite(sdp: phone("192.0.2.10", port: 10_000, version: 2, direction: "sendonly")))
    bench.receive(0, .ack(sdp: nil))
    _ = bench.take()
    bench.goal(0, .room(8))
    #expect(bench.take() == [])
  }

  @Test("MED-2: without a free channel a call that needs the relay fails, a room fails, and music is silence")
  func noChannel() throws {
    var bench = Bench.served(channels: 1)
    try bench.open(0, offer: phone("192.0.2.10", port: 10_000)) { $0.isPrivate = false }
    try bench.call(1, for: 0) { _ in }
    #expect(bench.take().contains("joinFailed 1 noChannel"))
    bench.close(1)
    bench.close(0)
    #expect(bench.negotiator.openLines == 0)
    bench = Bench.served()
    try bench.talk()
    bench.goal(1, .music)
    bench.refusePorts()
    bench.tick()
    #expect(bench.take() == ["open 1", "reinvite 1 10000 inactive"])
    bench.receive(1, .accepted(sdp: phone("192.0.2.20", port: 20_000, version: 2, direction: "inactive"), branch: 1))
    #expect(bench.take().contains("joined 1"))
    bench = Bench.served()
    try bench.talk()
    bench.goal(1, .room(1))
    bench.refusePorts()
    #expect(bench.take() == ["open 1", "joinFailed 1 noChannel"])
  }

  @Test("MED-3: SRTP ends at the media server: each phone gets a key of the server's, none sees the other's")
  func secure() throws {
    var bench = Bench.served()
    try bench.open(0, offer: phone("192.0.2.10", port: 10_000, key: 1)) { $0.isPrivate = false }
    try bench.call(1, for: 0) { $0.srtp = .off }
    bench.giveports()
    #expect(bench.lastText(1).contains("RTP/AVP") && !bench.lastText(1).contains("crypto"))
    bench.receive(1, .accepted(sdp: phone("192.0.2.20", port: 20_000), branch: 1))
    bench.goal(0, .with(Bench.leg(1)))
    bench.answer(0)
    #expect(
      bench.lastText(0).contains("RTP/SAVP") && bench.lastText(0).contains("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AgIC"))
    #expect(bench.take().contains("aim 2 192.0.2.10:10000 srtp"))
  }

  @Test("MED-3: a phone that answers SRTP in the clear is told again in the clear, and its caller stays encrypted")
  func answeredPlain() throws {
    var bench = Bench.served()
    try bench.open(0, offer: phone("192.0.2.10", port: 10_000, key: 1))
    try bench.call(1, for: 0)
    #expect(bench.lastText(1).contains("RTP/SAVP"))
    bench.receive(1, .accepted(sdp: phone("192.0.2.20", port: 20_000), branch: 1))
    bench.goal(0, .with(Bench.leg(1)))
    bench.answer(0)
    bench.giveports()
    #expect(bench.lastText(1).contains("RTP/AVP") && !bench.lastText(1).contains("crypto"))
    bench.receive(1, .accepted(sdp: phone("192.0.2.20", port: 20_000, version: 2), branch: 1))
    bench.giveports()
    #expect(bench.lastText(0).contains("RTP/SAVP") && bench.lastText(0).contains("a=crypto:1 AES_CM_128_HMAC_SHA1_80"))
    let told = bench.take()
    #expect(told.contains("path 1 0 relay") || told.contains("path 0 1 relay"), "\(told)")
  }

  @Test("MED-3: `srtp=required` refuses a plain caller and is called with SRTP by one")
  func required() throws {
    var bench = Bench.served()
    #expect(throws: SDPError.wrongProtection) {
      try bench.open(0, offer: phone("192.0.2.10", port: 10_000)) { $0.srtp = .required }
    }
    try bench.open(0, offer: phone("192.0.2.10", port: 10_000)) { _ in }
    try bench.call(1, for: 0) { $0.srtp = .required }
    bench.giveports()
    #expect(bench.lastText(1).contains("RTP/SAVP") && bench.lastText(1).contains("a=crypto:1"))
    bench.orders.removeAll()
    bench.receive(1, .accepted(sdp: phone("192.0.2.20", port: 20_000), branch: 1))
    #expect(bench.take().contains("joinFailed 1 mediaFailed"), "a plain answer to SRTP is never taken")
  }

  @Test("CALL-11: 488 is tried once more with the server's codecs, and both hear each other through it")
  func secondTry() throws {
    var bench = Bench.served()
    try bench.open(0, offer: phone("192.0.2.10", port: 10_000))
    try bench.call(1, for: 0)
    bench.orders.removeAll()
    #expect(bench.negotiator.triesAgain(Bench.leg(1), at: bench.now, into: &bench.orders))
    bench.giveports()
    #expect(bench.take().contains("invite 1 40002"))
    #expect(!bench.negotiator.triesAgain(Bench.leg(1), at: bench.now, into: &bench.orders))
    bench.receive(1, .accepted(sdp: phone("192.0.2.20", port: 20_000), branch: 1))
    bench.goal(0, .with(Bench.leg(1)))
    bench.answer(0)
    bench.giveports()
    bench.receive(0, .ack(sdp: nil))
    let told = bench.take()
    #expect(told.contains("accept 0 40004") && told.contains("path 0 1 mixed"))
    #expect(told.contains("attach 1 bridge 2") && told.contains("attach 2 bridge 1"))
  }

  @Test("MED-4: keys go as events or as INFO, each phone as it likes")
  func keys() throws {
    var bench = Bench.served()
    try bench.open(0, offer: phone("192.0.2.10", port: 10_000))
    try bench.call(1, for: 0) { $0.keysByInfo = true }
    bench.giveports()
    bench.receive(1, .accepted(sdp: phone("192.0.2.20", port: 20_000), branch: 1))
    bench.goal(0, .with(Bench.leg(1)))
    bench.answer(0)
    bench.receive(0, .ack(sdp: nil))
    bench.orders.removeAll()
    bench.negotiator.heard(
      .pressed(ChannelID(2), key: 5, duration: .milliseconds(100)), at: bench.now, into: &bench.orders)
    #expect(bench.take() == ["inform 1 key 5"])
    #expect(bench.negotiator.pressedByInfo(Bench.leg(1), key: 11, duration: .milliseconds(100), into: &bench.orders))
    #expect(bench.take() == ["press 2 key 11"])
  }

  @Test("MED-5: a phone whose NAT is proven goes through the relay, which takes its voice from there alone")
  func nat() throws {
    var bench = Bench.served()
    try bench.open(0, offer: phone("192.0.2.10", port: 10_000)) { $0.hiddenBehind = IPAddress(198, 51, 100, 5) }
    try bench.call(1, for: 0) { _ in }
    bench.giveports()
    bench.receive(1, .accepted(sdp: phone("192.0.2.20", port: 20_000), branch: 1))
    bench.goal(0, .with(Bench.leg(1)))
    bench.answer(0)
    #expect(bench.take().contains("aim 2 198.51.100.5:10000 learning"))
  }

  @Test("A media server on another machine is named in the descriptions, in place of the exchange")
  func elsewhere() throws {
    var bench = Bench.served()
    try bench.open(0, offer: phone("192.0.2.10", port: 10_000))
    bench.goal(0, .room(7))
    bench.answer(0)
    let place = MediaPlace(port: 30_000, address: IPAddress(203, 0, 113, 9), key: [])
    bench.negotiator.heard(.opened(ChannelID(1), place), at: bench.now, into: &bench.orders)
    #expect(bench.lastText(0).contains("m=audio 30000 RTP/AVP") && bench.lastText(0).contains("c=IN IP4 203.0.113.9\r\n"))
  }

  @Test("RELIABILITY 3: after a restart a relayed call asks for the ports its phones send to, and tells them nothing")
  func recovered() throws {
    var before = Bench.served()
    try before.talkRelayed()
    let saved = [0, 1].map { before.negotiator.saved(Bench.leg($0)) }
    var after = Bench.served()
    for (leg, session) in zip([0, 1] as [UInt32], saved) {
      var traits = LegTraits(localAddress: Bench.home)
      traits.isPrivate = leg == 1
      try after.negotiator.open(Bench.leg(leg), role: .recovered(try #require(session)), traits: traits)
    }
    after.connect(0, 1)
    #expect(after.orders.map(words).sorted() == ["open 1 at 40004", "open 2 at 40002"])
    after.giveports()
    let told = after.take()
    #expect(!told.contains { $0.hasPrefix("reinvite") })
    #expect(told.contains("attach 1 relay 2") && told.contains("attach 2 relay 1") && told.contains("aim 1 192.0.2.10:10000"))
  }
}
