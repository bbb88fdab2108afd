import Kernel
import NumberPlan
import Testing

/// Groups need a module that serves them, which calls so many members and no more (GRP-1).
struct GroupServiceTests {
  private static let modules =
    Modules.all + [
      Descriptor(
        name: "RingGroup", summary: "rings several telephones",
        options: [Descriptor.Option("maximumMembers", .integer(default: 32, 1...64), meaning: "members that are looked at")],
        points: .groupCalled)
    ]

  private func plan(_ features: String, members: Int) -> LoadResult {
    let group = (1...members).map { "<member number=\"\(2000 + $0)\"/>" }.joined()
    return check(
      """
      <stations><range from="2000" to="2999"/></stations>
      <features>\(features)</features>
      <groups><ringGroup number="500">\(group)</ringGroup></groups>
      """, modules: Self.modules)
  }

  @Test("GRP-1, PLAN-2: a group that no module serves, or with more members than are called, is warned of")
  func service() {
    #expect(lines(self.plan("<module name=\"RingGroup\"/>", members: 32)) == [])
    #expect(
      lines(self.plan("", members: 2)) == [
        "4:9 warning: no module serves group 500: whoever calls it hears that nobody is there"
      ])
    #expect(
      lines(self.plan("<module name=\"RingGroup\" maximumMembers=\"3\"/>", members: 4)) == [
        "4:9 warning: group 500 has 4 members, of whom only the first 3 are called"
      ])
  }
}
