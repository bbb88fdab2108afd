import Foundation
import Testing

extension Wire {
  /// Voice through the exchange: between networks, through NAT, between codecs.
  @Suite("Phones hear each other through the exchange")
  struct Relay {
    private func expectTalk(_ near: Line, _ far: Line, sourceLocation: SourceLocation = #_sourceLocation) {
      #expect(near.hears(far), "\(near.hearing)", sourceLocation: sourceLocation)
      #expect(far.hears(near), "\(far.hearing)", sourceLocation: sourceLocation)
    }

    @Test(
      "CALL-9: a phone inside and one outside talk through the relay, and learn only the exchange's address",
      .timeLimit(.minutes(1)))
    func betweenNetworks() throws {
      let office = try Office.withTwoNetworks()
      defer { office.close() }
      let (inside, outside) = (try office.phone("2001"), try office.outside("2002"))
      let (near, far) = try inside.call(outside)
      expectTalk(near, far)
      near.draw("relay-inside", "Relay: what the phone inside hears")
      #expect(office.path == "relay")
      for line in [near, far] {
        #expect(line.remote?.addresses == ["127.0.0.1"], "\(line.remote?.text ?? "")")
        #expect(line.remote.map { office.ports.contains($0.place.port) } == true)
        #expect(Set(line.endpoint.packets.map(\.from)) == line.remote.map { [$0.place] }, "it sends from where it receives")
        #expect(Set(line.endpoint.packets.map(\.source)).count == 1)
        #expect(line.endpoint.gaps == 0)
      }
      try far.hangUp()
      #expect(wait(3) { near.hasEnded })
      #expect(try office.isIdle())
      #expect(wait(3) { office.openMediaPorts.isEmpty }, "\(office.openMediaPorts)")

      let (second, first) = try outside.call(inside)
      expectTalk(second, first)
    }

    @Test("CALL-9: the phone outside is told the public address, the one inside the exchange's own", .timeLimit(.minutes(1)))
    func publicAddress() throws {
      let office = try Office.withTwoNetworks(publicAddress: "198.51.100.7")
      defer { office.close() }
      let (near, far) = try office.phone("2001").call(office.outside("2002"))
      #expect(near.remote?.addresses == ["127.0.0.1"], "\(near.remote?.text ?? "")")
      #expect(far.remote?.addresses == ["198.51.100.7"], "\(far.remote?.text ?? "")")
      #expect(far.invite?["Contact"]?.contains("198.51.100.7") == true)
    }

    @Test("CALL-9: two phones on the same side of the wall talk directly", .timeLimit(.minutes(1)))
    func sameSide() throws {
      let office = try Office.withTwoNetworks()
      defer { office.close() }
      let (near, far) = try office.outside("2001").call(office.outside("2002"))
      expectTalk(near, far)
      #expect(office.path == "direct")
    }

    @Test(
      "MED-5, CALL-9: behind NAT the description says one address and the voice comes from another: the relay finds it",
      .timeLimit(.minutes(1)), arguments: [true, false])
    func behindNAT(isCaller: Bool) throws {
      let office = try Office.withTwoNetworks(settings: [("2002", "nat-check=ip-and-port")])
      defer { office.close() }
      let house = try office.phone("2001")
      let hidden = try office.outside("2002") { $0.claimed = "127.5.0.9" }
      let (near, far) = isCaller ? try hidden.call(house) : try house.call(hidden)
      expectTalk(near, far)
      #expect(office.path == "relay")
      let outside = isCaller ? near : far
      #expect(outside.local?.place.host == "127.5.0.9")
      #expect(Set(outside.endpoint.packets.map(\.from.host)) == ["127.0.0.1"])
    }

    @Test(
      "CALL-2: an A-law phone and a µ-law phone understand each other, whether the called one says 488 or its own codec",
      .timeLimit(.minutes(1)), arguments: [true, false])
    func mixed(refuses: Bool) throws {
      let office = try Office()
      defer { office.close() }
      let caller = try office.phone("2001") { $0.formats = [8] }
      let called = try office.phone("2002") { habits in
        habits.formats = [0]
        habits.refusesStrangeCodecs = refuses
      }
      // The refused attempt is a call of its own to the phone.
      let near = try caller.call("2002")
      var far = try called.incoming()
      if far.hasEnded { far = try called.incoming() }
      expectTalk(near, far)
      near.draw("mixed-a-law", "A-law phone that hears a µ-law phone")
      #expect(office.path == "mixed")
      #expect(Set(near.endpoint.packets.map(\.payload)) == [8])
      #expect(Set(far.endpoint.packets.map(\.payload)) == [0])
    }

    @Test("CALL-2: a phone whose codecs nobody has gets 488", .timeLimit(.minutes(1)))
    func noCodec() throws {
      let office = try Office()
      defer { office.close() }
      _ = try office.phone("2002")
      #expect(try office.phone("2001") { $0.formats = [18] }.outcome("2002").status == 488)
      #expect(try office.isIdle())
      #expect(office.openMediaPorts.isEmpty)
    }

    @Test("CALL-9: a relayed call goes on after kill -9 of the exchange", .timeLimit(.minutes(1)))
    func survivesACrash() throws {
      let office = try Office.withTwoNetworks()
      defer { office.close() }
      let (near, far) = try office.phone("2001").call(office.outside("2002"))
      expectTalk(near, far)
      try office.exchange.crashAndRestart()
      for line in [near, far] { line.endpoint.forget() }
      expectTalk(near, far)
      #expect(office.path == "relay")
      try near.hangUp()
      #expect(wait(3) { far.hasEnded })
      #expect(wait(3) { office.openMediaPorts.isEmpty })
    }

    @Test("MED-1: hundreds of relayed calls leave no port, no descriptor and no memory behind", .timeLimit(.minutes(40)))
    func nothingIsLeft() throws {
      let office = try Office.withTwoNetworks()
      defer { office.close() }
      let (inside, outside) = (try office.phone("2001"), try office.outside("2002"))
      func talk() throws {
        let (near, far) = try inside.call(outside)
        #expect(wait(3) { !near.endpoint.packets.isEmpty && !far.endpoint.packets.isEmpty })
        try near.hangUp()
        #expect(wait(3) { far.hasEnded })
      }
      for _ in 0..<30 { try talk() }
      #expect(wait(3) { office.openMediaPorts.isEmpty })
      let (memory, descriptors) = (office.exchange.memory, office.exchange.descriptors)
      let more = ProcessInfo.processInfo.environment["STROWGER_RELAYED_CALLS"].flatMap { Int($0) } ?? 270
      for number in 1...more {
        try talk()
        // Ten thousand calls take longer than a registration lasts.
        if number.isMultiple(of: 1000) { for phone in [inside, outside] { try phone.register() } }
      }
      #expect(try office.isIdle())
      #expect(wait(3) { office.openMediaPorts.isEmpty }, "\(office.openMediaPorts)")
      #expect(office.exchange.descriptors <= descriptors + 2)
      #expect(office.exchange.memory < memory + 20_000, "\(memory) KiB before, \(office.exchange.memory) after")
      print(
        "\(more) relayed calls: descriptors \(descriptors) before, \(office.exchange.descriptors) after; "
          + "memory \(memory) KiB before, \(office.exchange.memory) KiB after; ports \(office.openMediaPorts.count)")
    }
  }
}
