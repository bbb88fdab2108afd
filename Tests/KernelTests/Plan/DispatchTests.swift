import Kernel
import TestKit
import Testing

/// What a dialled number is: DIAL-1.
@Suite("Dispatch")
struct DispatchTests {
  private static let park = Descriptor(
    name: "Park", summary: "",
    actions: [
      .init("park", argument: .optionalNumber(4...4), meaning: ""), .init("fetch", argument: .number(4...4), meaning: ""),
    ])
  private static let forward = Descriptor(
    name: "Forward", summary: "",
    actions: [
      .init("clear", argument: .none, meaning: ""), .init("all", argument: .number(1...8), meaning: ""),
      .init("switch", argument: .oneOf(["0", "1"]), meaning: ""),
    ])

  /// Codes that are beginnings of each other, of stations and of trunk codes, to see who wins.
  private func dispatch() -> Dispatch {
    var plan = Plan()
    plan.stations = [
      .init(from: "2000", to: "2999", className: "range"), .init(from: "2005", to: "2005", className: "single"),
      .init(from: "601", to: "601"), .init(from: "300", to: "399"),
    ]
    plan.groups = [
      .init(number: "700", ring: .unconditional, members: ["2001"]), .init(number: "2500", ring: .sequential, members: []),
    ]
    plan.emergency = [
      .init(digits: "112", trunkGroup: "0"), .init(digits: "0110", trunkGroup: "0"), .init(digits: "2112", trunkGroup: "0"),
    ]
    plan.modules = [
      .init(module: "Park", options: .init(), codes: [.init(digits: "11", action: 0), .init(digits: "12", action: 1)]),
      .init(
        module: "Forward", options: .init(),
        codes: [
          .init(digits: "600", action: 0), .init(digits: "60", action: 1), .init(digits: "602", action: 1),
          .init(digits: "40", action: 2),
        ]),
    ]
    plan.trunkGroups = [.init(code: "0", trunks: ["city"]), .init(code: "00", trunks: ["far"])]
    plan.routes = [
      .init(code: "9", prefix: "", trunkGroup: "0"), .init(code: "9", prefix: "49", trunkGroup: "0"),
      .init(code: "9", prefix: "4930", trunkGroup: "00"),
    ]
    return Dispatch(plan, descriptors: [Self.park, Self.forward])
  }

  private func code(_ placement: Int, _ code: Int, _ argument: Digits) -> CodeMatch {
    CodeMatch(placement: placement, code: code, argument: argument)
  }

  @Test("DIAL-1: an emergency number comes before everything: code, station range, trunk")
  func emergency() {
    let dispatch = self.dispatch()
    #expect(dispatch.match("112") == .emergency(0))
    #expect(dispatch.match("0110") == .emergency(1))
    #expect(dispatch.match("2112") == .emergency(2))
  }

  @Test("DIAL-1: an exact station or group comes before codes; a single entry beats a range")
  func exact() {
    let dispatch = self.dispatch()
    #expect(dispatch.match("2001") == .station("2001"))
    #expect(dispatch.match("601") == .station("601"))
    #expect(dispatch.match("700") == .group(0))
    #expect(dispatch.match("399") == .station("399"))
    #expect(dispatch.station("2005") == 1)
    #expect(dispatch.station("2006") == 0)
    #expect(dispatch.match("600") == .code(self.code(1, 0, "")))
  }

  @Test("DIAL-1: the longest code whose grammar fits wins")
  func longestFitting() {
    let dispatch = self.dispatch()
    #expect(dispatch.match("6022001") == .code(self.code(1, 2, "2001")))
    #expect(dispatch.match("6032001") == .code(self.code(1, 1, "32001")))
    #expect(dispatch.match("11") == .code(self.code(0, 0, "")))
    #expect(dispatch.match("112001") == .code(self.code(0, 0, "2001")))
    #expect(dispatch.match("401") == .code(self.code(1, 2 + 1, "1")))
    // 600 takes no argument, so the shorter code whose grammar fits is meant.
    #expect(dispatch.match("6002001") == .code(self.code(1, 1, "02001")))
  }

  @Test("DIAL-1: a code with a wrong argument is that code, badly dialled")
  func badArgument() {
    let dispatch = self.dispatch()
    #expect(dispatch.match("12") == .badArgument(self.code(0, 1, "")))
    #expect(dispatch.match("12200") == .badArgument(self.code(0, 1, "200")))
    #expect(dispatch.match("405") == .badArgument(self.code(1, 3, "5")))
    #expect(dispatch.match("40") == .badArgument(self.code(1, 3, "")))
    #expect(dispatch.match("602") == .code(self.code(1, 1, "2")))
    #expect(dispatch.match("60") == .badArgument(self.code(1, 1, "")))
  }

  @Test("DIAL-1, TRK-3: a number longer than any argument of its code may still be an outside number")
  func longerThanArgument() {
    let dispatch = self.dispatch()
    #expect(dispatch.match("1220011") == .surplusArgument(self.code(0, 1, "20011")))
    #expect(dispatch.match("4011") == .surplusArgument(self.code(1, 3, "11")))
    #expect(dispatch.match("60123456789") == .surplusArgument(self.code(1, 1, "123456789")))
  }

  @Test("DIAL-1: trunk codes with outgoing digits, the longest code first; least-cost routes by longest prefix")
  func trunks() {
    let dispatch = self.dispatch()
    #expect(dispatch.match("0301234") == .trunk(group: 0, outgoing: "301234"))
    #expect(dispatch.match("00301234") == .trunk(group: 1, outgoing: "301234"))
    #expect(dispatch.match("9331") == .route(0, outgoing: "331"))
    #expect(dispatch.match("94989") == .route(1, outgoing: "4989"))
    #expect(dispatch.match("9493012") == .route(2, outgoing: "493012"))
  }

  @Test("CALL-4: the beginning of a number is 484, what is none at all 404")
  func incompleteOrUnknown() {
    let dispatch = self.dispatch()
    for digits: Digits in ["", "2", "200", "7", "70", "3", "30", "0"] {
      #expect(dispatch.match(digits) == .incomplete, "\(digits)")
    }
    for digits: Digits in ["8", "20011", "*", "800", "2*", "39a"] {
      #expect(dispatch.match(digits) == .unknown, "\(digits)")
    }
    #expect(dispatch.match("01") == .trunk(group: 0, outgoing: "1"))
  }

  @Test("An empty plan knows nothing")
  func emptyPlan() {
    let dispatch = Dispatch(Plan(), descriptors: [])
    #expect(dispatch.match("2001") == .unknown)
    #expect(dispatch.station("2001") == nil)
  }

  @Test("A hundred thousand entries are told apart, each by itself and not by its neighbours")
  func hundredThousand() {
    var plan = Plan()
    for number in stride(from: 100_000, to: 300_000, by: 2) {
      plan.stations.append(.init(from: StationNumber("\(number)")!, to: StationNumber("\(number)")!))
    }
    plan.stations.append(.init(from: "400000", to: "499999"))
    let dispatch = Dispatch(plan, descriptors: [])
    var wrong = 0
    for number in stride(from: 100_000, to: 300_000, by: 7) {
      let digits = Digits("\(number)")!
      let expected: Match = number % 2 == 0 ? .station(StationNumber(digits)!) : .unknown
      if dispatch.match(digits) != expected { wrong += 1 }
      if dispatch.station(digits) != (number % 2 == 0 ? (number - 100_000) / 2 : nil) { wrong += 1 }
    }
    #expect(wrong == 0)
    #expect(dispatch.match("450000") == .station("450000"))
    #expect(dispatch.match("45000") == .incomplete)
    #expect(dispatch.match("10000") == .incomplete)
    #expect(dispatch.match("300000") == .unknown)
  }
}
