import Foundation
import Testing

extension Wire {
  /// RFC 4475, RFC 5118 and PROTOS c07-sip against the running program. The messages are not ours to ship: they are read from
  /// `STROWGER_TORTURE` or from a folder beside the checkout.
  @Suite("Malformed messages", .enabled(if: Program.torture != nil, "no messages at STROWGER_TORTURE or beside the checkout"))
  struct Torture {
    struct Tally {
      var sent = 0
      var answered = 0
      var dropped: Int { sent - answered }
    }

    @Test(
      "SEC-2: every RFC 4475 and RFC 5118 message over UDP and TCP: answered or dropped, the next call works",
      .timeLimit(.minutes(3)),
      arguments: ["rfc4475", "rfc4475-wire", "rfc5118", "rfc5118-archive", "sipgo-fuzz-seeds"])
    func files(in name: String) throws {
      let exchange = try Exchange()
      let (one, two) = try registered("2001", "2002", at: exchange)
      try talk(one, two, at: exchange)
      let (memory, descriptors) = (exchange.memory, exchange.descriptors)
      let messages = try messages(in: name)
      for kind in [Socket.Kind.udp, .tcp] {
        var tally = Tally()
        let shared = try kind == .udp ? Socket(.udp, to: exchange.udp) : nil
        for message in messages {
          // A broken stream is closed: each message gets a connection of its own.
          let socket = try shared ?? Socket(.tcp, to: exchange.tcp)
          socket.send(message)
          tally.sent += 1
          if socket.receiveOctets(within: kind == .udp ? 0.06 : 0.15) != nil { tally.answered += 1 }
        }
        try report("\(name) over \(kind)", tally, exchange, memory, descriptors)
        try talk(one, two, at: exchange)
      }
    }

    @Test("SEC-2: all 4527 PROTOS cases with their teardowns: alive, no leak, a call still works", .timeLimit(.minutes(4)))
    func protos() throws {
      let exchange = try Exchange()
      let (one, two) = try registered("2001", "2002", at: exchange)
      try talk(one, two, at: exchange)
      let cases = try protosCases()
      let (memory, descriptors) = (exchange.memory, exchange.descriptors)
      var tally = Tally()
      let datagrams = try Socket(.udp, to: exchange.udp)
      for (number, octets) in cases.enumerated() {
        let (invite, teardown) = split(octets)
        let messages = [
          fill(invite, number, "INVITE", datagrams.port, exchange.udp),
          fill(teardown, number, "CANCEL", datagrams.port, exchange.udp),
          fill(teardown, number, "ACK", datagrams.port, exchange.udp),
        ]
        if messages.contains(where: { $0.count > 65_000 }) {
          let stream = try Socket(.tcp, to: exchange.tcp)
          messages.forEach { stream.send($0) }
          if stream.receiveOctets(within: 0.1) != nil { tally.answered += 1 }
        } else {
          messages.forEach { datagrams.send($0) }
          if datagrams.receiveOctets(within: 0.02) != nil { tally.answered += 1 }
          while datagrams.receiveOctets(within: 0) != nil {}
        }
        tally.sent += 1
        if number % 500 == 499 {
          try #require(exchange.isAlive, "died at or before case \(number)")
          try talk(one, two, at: exchange)
        }
      }
      try report("PROTOS", tally, exchange, memory, descriptors)
      try talk(one, two, at: exchange)
      #expect(try wait(40) { try exchange.json("calls").isEmpty }, "no call of the flood is left")
    }

    // MARK: What they stand on

    private func talk(_ one: Handset, _ two: Handset, at exchange: Exchange) throws {
      try #require(exchange.isAlive, "the exchange has died: \(exchange.log.suffix(2000))")
      var call = one.call("2002")
      two.answer(try two.incoming())
      try one.finish(&call)
      #expect(call.final?.status == 200)
      #expect(try one.hangUp(call).status == 200)
      try two.expect("BYE")
    }

    private func report(_ what: String, _ tally: Tally, _ exchange: Exchange, _ memory: Int, _ descriptors: Int) throws {
      try #require(exchange.isAlive, "\(what): the exchange has died: \(exchange.log.suffix(2000))")
      let now = exchange.memory
      print(
        "torture: \(what): sent \(tally.sent), answered \(tally.answered), dropped \(tally.dropped); "
          + "memory \(memory) KiB before, \(now) KiB after; alive")
      #expect(now < memory + 64 * 1024)
      let settled = wait(3) { exchange.descriptors <= descriptors + 2 }
      #expect(settled, "descriptors \(descriptors) before, \(exchange.descriptors) after")
    }

    private func messages(in name: String) throws -> [Data] {
      let folder = try #require(Program.torture).appendingPathComponent(name)
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      return try names.map { try Data(contentsOf: folder.appendingPathComponent($0)) }
    }

    private func protosCases() throws -> [Data] {
      let archive = try #require(Program.torture).appendingPathComponent("protos-c07-sip/cases.tar.gz")
      let folder = try TemporaryFolder()
      let tar = try Child("/bin/tar", ["xzf", archive.path, "-C", folder.url.path], in: folder.url, name: "tar")
      #expect(tar.exitStatus(within: 60) == 0)
      let cases = folder.url.appendingPathComponent("cases")
      return try FileManager.default.contentsOfDirectory(atPath: cases.path).sorted()
        .map { try Data(contentsOf: cases.appendingPathComponent($0)) }
    }

    /// A case file is a length, a space, that many octets of an INVITE, and the same of its teardown.
    private func split(_ octets: Data) -> (invite: Data, teardown: Data) {
      func part(from start: Int) -> (Data, Int) {
        guard let space = octets[start...].firstIndex(of: 32),
          let length = Int(String(decoding: octets[start..<space], as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
        else { return (Data(), octets.endIndex) }
        let end = min(space + 1 + length, octets.endIndex)
        return (octets[(space + 1)..<end], end)
      }
      let (invite, end) = part(from: octets.startIndex)
      return (invite, part(from: end).0)
    }

    private func fill(_ template: Data, _ number: Int, _ method: String, _ port: UInt16, _ exchangePort: UInt16) -> Data {
      var message = template
      func put(_ value: String, for name: String) {
        let word = Data("<\(name)>".utf8)
        while let place = message.range(of: word) { message.replaceSubrange(place, with: Data(value.utf8)) }
      }
      put("2050@127.0.0.1:\(exchangePort)", for: "To")
      put("2001@127.0.0.1:\(exchangePort)", for: "From")
      put("127.0.0.1", for: "From-Address")
      put("127.0.0.1", for: "From-IP")
      put("\(port)", for: "Local-Port")
      put("z9hG4bKprotos\(number)", for: "Branch-ID")
      put("protos-\(number)", for: "Call-ID")
      put("\(number + 1)", for: "CSeq")
      put(method, for: "Teardown-Method")
      let body = message.range(of: Data("\r\n\r\n".utf8)).map { message.endIndex - $0.upperBound } ?? 0
      put("\(body)", for: "Content-Length")
      return message
    }
  }
}
