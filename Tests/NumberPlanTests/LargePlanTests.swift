import Kernel
import NumberPlan
import Testing

/// Time grows with the number of entries, not with its square.
struct LargePlanTests {
  @Test("PLAN-2: 100,000 entries are checked and loaded without a finding")
  func loads() throws {
    let bytes = large()
    let clock = ContinuousClock()
    let start = clock.now
    let result = PlanFile.parse(bytes, name: "large.xml", modules: Modules.all)
    let took = clock.now - start
    #expect(result.findings == [])
    #expect(result.codes == 9_999)
    #expect(result.plan?.stations.count == 80_000)
    #if DEBUG
    #expect(took < .seconds(60))
    #else
    #expect(took < .seconds(2))
    #endif
  }

  /// 80,000 stations in ten ranges, 9,999 codes, 1,000 groups of nine members.
  private func large() -> [UInt8] {
    var text = "<numberPlan xmlns=\"urn:strowger:number-plan:1\">\n<stations>\n"
    for range in 0..<10 { text += "<range from=\"2\(range)000000\" to=\"2\(range)999999\"/>\n" }
    for station in 0..<79_990 { text += "<station number=\"\(30_000_000 + station)\" pickupGroup=\"\(station % 9)\"/>\n" }
    text += "</stations>\n<features><module name=\"CallPark\">\n"
    for code in 0..<9_999 { text += "<code digits=\"*\(10_000 + code)\" action=\"retrieve\"/>\n" }
    text += "</module></features>\n<groups>\n"
    for group in 0..<1_000 {
      text += "<ringGroup number=\"\(5_000 + group)\" overflow=\"\(30_000_000 + group)\">"
      for member in 0..<9 { text += "<member number=\"\(30_000_000 + group * 9 + member)\"/>" }
      text += "</ringGroup>\n"
    }
    return Array((text + "</groups></numberPlan>\n").utf8)
  }
}
