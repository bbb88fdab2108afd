import CStrowger
import Kernel
import NumberPlan
import Testing

@testable import Embedding

extension Embedded {
  /// What a host writes is what the kernel is told.
  @Suite struct Reading {
    private let leg = LegID(index: 4, generation: 2)
    private let other = LegID(index: 5, generation: 6)

    /// The office's world: three stations, a trunk.
    private func world() throws -> World {
      var exchange = try HostedExchange(nil)
      let plan = Array(Office.plan.utf8)
      try exchange.use(PlanFile.parse(plan, name: "office.xml", modules: exchange.kernel.modules.map(\.descriptor)))
      return exchange.kernel.world
    }

    @Test("MOD-3: every event arrives with all that belongs to it", arguments: EventKind.allCases)
    func event(_ kind: EventKind) throws {
      var told = strowger_event.empty(kind.rawValue)
      told.leg = self.leg.raw
      told.other = self.other.raw
      told.turn = 77
      told.cause = STROWGER_CAUSE_LOST
      told.status = 486
      told.key = 15
      told.is_up = 1
      told.party.kind = STROWGER_PARTY_STATION
      told.party.device = 12
      told.party.number = .text("2001")
      told.number = .text("2002")
      let world = try self.world()
      let event = try "carrier".withCString { name in
        var devices: [UInt64] = [3, 9]
        var recordings = [strowger_recording(number: 8, is_new: 1)]
        var settings = strowger_settings()
        settings.size = UInt32(MemoryLayout<strowger_settings>.size)
        settings.mailbox = 1
        settings.on_hook_transfer = 1
        settings.pickup_group = 12
        settings.insertion = STROWGER_INSERTION_OUTGOING
        settings.tone_source = STROWGER_TONE_SOURCE_PHONE
        settings.inserted_code = .text("9")
        settings.forward_unreachable = .text("2003")
        told.name = name
        return try withUnsafePointer(to: &settings) { settings in
          try devices.withUnsafeMutableBufferPointer { devices in
            try recordings.withUnsafeMutableBufferPointer { recordings in
              told.devices = UnsafePointer(devices.baseAddress)
              told.device_count = 2
              told.recordings = UnsafePointer(recordings.baseAddress)
              told.recording_count = 1
              told.settings = settings
              return try told.event(in: world)
            }
          }
        }
      }
      #expect(EventKind(event) == kind)
      #expect(self.isWhole(event), "\(event)")
    }

    private func isWhole(_ event: Event) -> Bool {
      let number = Digits("2002")
      switch event {
      case .dialled(let origination):
        return origination.leg == self.leg && origination.replacing == self.other && origination.dialled == number
          && origination.caller.number == "2001" && origination.caller.station != nil
      case .proceeding(let leg), .alerting(let leg), .answered(let leg), .held(let leg), .resumed(let leg), .joined(let leg),
        .played(let leg):
        return leg == self.leg
      case .failed(let leg, let status): return leg == self.leg && status == .busyHere
      case .redirected(let leg, let to): return leg == self.leg && to == number
      case .released(let leg, let cause), .joinFailed(let leg, let cause): return leg == self.leg && cause == .lost
      case .transferRequested(let leg, let to, let replacing):
        return leg == self.leg && to == number && replacing == self.other
      case .verified(let leg, let authorization): return leg == self.leg && authorization == Authorization(label: "carrier")
      case .trunk(let name, let isUp): return name == "carrier" && isUp
      case .pressed(let leg, let key): return leg == self.leg && key == 15
      case .recordings(let owner, let kept): return owner == number && kept == [Recording(number: 8, isNew: true)]
      case .registered(let station, let devices): return station.digits == number && devices.map(\.rawValue) == [3, 9]
      case .settings(let station, let settings):
        return station.digits == number
          && settings
            == StationSettings(
              forwardUnreachable: "2003", pickupGroup: 12, toneSource: .phone, mailbox: true, onHookTransfer: true,
              insertion: .outgoing, insertedCode: "9")
      case .kept(let turn), .notKept(let turn): return turn == 77
      }
    }

    @Test("MOD-3: a fact is the same after it was a row")
    func facts() throws {
      let station = try #require(StationNumber("2001"))
      let facts: [Fact] = [
        .call(CallID(index: 3, generation: 9), [1, 2, 3]), .machine(module: "CallPark", key: .station(station), state: [4]),
        .machine(module: "Hold", key: .leg(self.leg), state: []), .machine(module: "X", key: .exchange, state: [0, 0]),
        .machine(module: "Y", key: .call(CallID(index: 1, generation: 1)), state: [7]),
      ]
      for fact in facts { #expect(FactRow(fact).fact == fact) }
      for octets in [[], [0], [2], [1, 200], [0, 1, 1], [1, 1, 65, 9]] as [[UInt8]] {
        #expect(FactRow(key: octets, row: [1]).fact == nil, "\(octets)")
      }
    }
  }
}
