import Foundation
import Testing

extension Wire {
  @Suite("Conferences by code")
  struct Conferences {
    /// The owner's last line after every other has been called, held and added, and the members' lines.
    private func build(_ office: Office, members: [TestPhone], owner: TestPhone) throws -> (own: Line, members: [Line]) {
      var lines: [Line] = []
      var own: Line?
      for member in members {
        let former = own
        let (near, far) = try owner.call(member)
        if let former { #expect(wait(3) { former.hasEnded }, "CONF-1: the former held dialog gets BYE") }
        #expect(near.hears(far), "\(near.hearing)")
        try near.hold()
        let answer = try owner.outcome("46")
        #expect(answer.status == 480 && answer["X-Feature-Result"]?.hasPrefix("fail") != true, "\(answer)")
        lines.append(far)
        own = near
      }
      #expect(try owner.outcome("46").status == 480)
      guard let own else { throw WireFailure("nobody was called") }
      try own.resume()
      return (own, lines)
    }

    @Test(
      "CONF-1, CONF-2, CONF-6: in a conference of three and of five each hears all the others", .timeLimit(.minutes(2)),
      arguments: [3, 5])
    func everybodyHears(count: Int) throws {
      let office = try Office(plan: Office.shipped())
      defer { office.close() }
      let owner = try office.phone("2001")
      let members = try (2..<count + 1).map { try office.phone("200\($0)") }
      let (own, lines) = try build(office, members: members, owner: owner)
      let all = [own] + lines
      for line in all {
        let others = all.filter { $0 !== line }.map(\.phone.voice)
        #expect(line.hears(others, within: 10), "\(line.hearing)")
      }
      own.draw("conference-of-\(count)", "A conference of \(count): what the owner hears")
      #expect(office.path == "mixed")
      // CONF-5: one leaves, the rest go on; two left talk directly again.
      try lines[0].hangUp()
      let rest = [own] + lines.dropFirst()
      for line in rest {
        #expect(line.hears(rest.filter { $0 !== line }.map(\.phone.voice), within: 10), "\(line.hearing)")
      }
      for line in rest.dropFirst(2) { try line.hangUp() }
      #expect(rest[0].hears(rest[1], within: 10) && rest[1].hears(rest[0]), "\(rest[0].hearing)")
      #expect(wait(5) { office.openMediaPorts.isEmpty }, "two left talk directly")
      try rest[0].hangUp()
      #expect(try office.isIdle())
    }

    @Test("CONF-3: a sixth is refused, and the five go on", .timeLimit(.minutes(2)))
    func sixth() throws {
      let office = try Office(plan: Office.shipped((#"maximumMembers="5""#, #"maximumMembers="3""#)))
      defer { office.close() }
      let owner = try office.phone("2001")
      let members = try ["2002", "2003"].map { try office.phone($0) }
      var held: Line?
      for member in members {
        let (near, _) = try owner.call(member)
        try near.hold()
        #expect(try owner.outcome("46").status == 480)
        held = near
      }
      let (near, far) = try owner.call(office.phone("2004"))
      #expect(near.hears(far))
      try near.hold()
      let answer = try owner.outcome("46")
      #expect(answer.status == 480 && answer["Warning"] != nil, "\(answer)")
      #expect(far.hearsTheExchange(), "the one too many stays on hold: \(far.hearing)")
      _ = held
    }
  }
}
