public import Kernel

extension Plan {
  /// Explorations are over after minutes or hours: both sides of several ends come to pass.
  private static let someHours = Hours("00:00-00:10, 00:20-00:30, 00:40-00:50, 01:00-02:00, 03:00-04:00, 05:00-24:00") ?? .always

  /// An office with everything a plan can have: two trunks and two ways out, groups of each kind, classes of service of which one
  /// may not call outside, and an emergency number. Stations 2001 to 2099; the class of each goes by its number.
  public static func town(_ modules: [Module]) -> Plan {
    var plan = Plan.office(modules)
    plan.name = "town"
    plan.stations = []
    plan.addStations(from: "2001", to: "2099", className: "national")
    for number: Digits in ["2004", "2008", "2012"] { plan.addStations(from: number, to: number, className: "internal") }
    for number: Digits in ["2005", "2009"] { plan.addStations(from: number, to: number, className: "all") }
    for index in plan.stations.indices { plan.stations[index].pickupGroup = 1 + index % 2 }
    plan.trunks = [
      TrunkEntry(
        name: "carrier", address: "sip:192.0.2.10", channels: 3,
        inward: [("0398722900", "2001"), ("0398722901", "500"), ("0398722902", "2003")]),
      TrunkEntry(name: "other", address: "sip:192.0.2.20", channels: 2),
    ]
    plan.trunkGroups = [TrunkGroupEntry(code: "9", trunks: ["carrier", "other"]), TrunkGroupEntry(code: "8", trunks: ["other"])]
    plan.routes = [
      RouteEntry(code: "0", prefix: "04", trunkGroup: "8"), RouteEntry(code: "0", prefix: "", trunkGroup: "9"),
    ]
    plan.classes = [
      ClassEntry(name: "internal"), ClassEntry(name: "national", trunkCodes: ["9", "0"]),
      ClassEntry(name: "all", trunkCodes: ["9", "0", "8"], trunkToTrunk: true),
      ClassEntry(name: "barred", barredModules: ["CallForward", "CallPark"]),
      ClassEntry(name: "daily", trunkCodes: ["9", "0"], hours: Self.someHours, trunkCalls: 1),
    ]
    plan.emergency = [EmergencyEntry(digits: "112", trunkGroup: "9")]
    let members: [StationNumber] = ["2001", "2002", "2003", "2006"]
    plan.groups = [
      GroupEntry(number: "500", ring: .unconditional, members: members, overflow: "2007"),
      GroupEntry(number: "501", ring: .sequential, members: members, overflow: "501"),
      GroupEntry(number: "502", ring: .distributed, members: members, overflow: "904111"),
    ]
    return plan
  }
}
