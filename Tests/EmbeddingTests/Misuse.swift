import CStrowger
import ModuleBridge
import Synchronization
import Testing

@testable import Embedding

extension Embedded {
  /// A host that is wrong hears so, and nothing happens.
  @Suite struct Misuse {
    @Test("MOD-3: a struct of another interface is read as far as both know it, and refused where it asks for more")
    func sizes() throws {
      let office = try Office()
      let known = MemoryLayout<strowger_event>.size
      let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 8192, alignment: 16)
      defer { memory.deallocate() }
      memory.initializeMemory(as: UInt8.self, repeating: 0)
      let event = memory.baseAddress?.bindMemory(to: strowger_event.self, capacity: 1)
      event?.pointee = .empty(STROWGER_EVENT_KEPT)
      for (size, extra, result) in [
        (0, 0, STROWGER_SIZE), (4, 0, STROWGER_SIZE), (known - 1, 0, STROWGER_SIZE), (known, 0, STROWGER_OK),
        (known, 1, STROWGER_OK), (known + 8, 0, STROWGER_OK), (known + 8, 1, STROWGER_SIZE), (4096, 0, STROWGER_OK),
        (4097, 0, STROWGER_SIZE),
      ] {
        event?.pointee.size = UInt32(size)
        memory[known + 3] = UInt8(extra)
        #expect(strowger_receive(office.exchange, event, 0) == result, "\(size) octets")
      }
    }

    @Test("MOD-3: a later host's directive is filled with what there is, the rest is 0")
    func largerDirective() throws {
      let office = try Office()
      let leg = office.dial("2002", from: "2001")
      let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 512, alignment: 16)
      defer { memory.deallocate() }
      memory.initializeMemory(as: UInt8.self, repeating: 0xAA)
      let directive = try #require(memory.baseAddress).bindMemory(to: strowger_directive.self, capacity: 1)
      let known = MemoryLayout<strowger_directive>.size
      directive.pointee.size = UInt32(known + 16)
      #expect(strowger_next_directive(office.exchange, directive) == STROWGER_OK)
      #expect(directive.pointee.size == UInt32(known + 16) && directive.pointee.kind != 0 && leg != 0)
      #expect(memory[known..<(known + 16)].allSatisfy { $0 == 0 } && memory[known + 16] == 0xAA)
      directive.pointee.size = UInt32(known - 8)
      #expect(strowger_next_directive(office.exchange, directive) == STROWGER_SIZE)
    }

    @Test("MOD-3: two threads in one exchange: one of them hears so, and nothing is lost")
    func twoThreads() async throws {
      let office = try Office()
      let handle = UInt(bitPattern: office.exchange)
      let busy = Counter()
      let done = Counter()
      await withTaskGroup(of: Void.self) { group in
        for _ in 0..<4 {
          group.addTask {
            var event = strowger_event.empty(STROWGER_EVENT_REGISTERED)
            event.number = .text("2001")
            for _ in 0..<5000 {
              switch strowger_receive(OpaquePointer(bitPattern: handle), &event, 0) {
              case STROWGER_OK: done.count()
              case STROWGER_BUSY: busy.count()
              case let other: Issue.record("result \(other)")
              }
            }
          }
        }
      }
      #expect(done.value + busy.value == 20_000)
      #expect(office.state().contains("\"findings\": []"))
    }

    @Test("MOD-3: who comes in while another is in the exchange is turned away")
    func busy() throws {
      let office = try Office()
      let result = try Exchanges.with(office.exchange) { _ throws(Refusal) in
        #expect(strowger_fire(office.exchange, 0) == STROWGER_BUSY)
        #expect(strowger_destroy(office.exchange) == STROWGER_BUSY)
        return STROWGER_OK
      }
      #expect(result == STROWGER_OK && strowger_fire(office.exchange, 0) == STROWGER_OK)
    }

    @Test("MOD-3: without a plan, with a bad plan and with a plan that is no text nothing starts, and the findings say where")
    func plans() throws {
      let office = try Office(plan: nil)
      var leg: strowger_leg = 0
      #expect(strowger_reserve_leg(office.exchange, &leg) == STROWGER_NO_PLAN)
      #expect(strowger_fire(office.exchange, 0) == STROWGER_NO_PLAN)
      #expect(office.use(Office.plan.replacing("DoNotDisturb", "DoNotDistrub")) == STROWGER_PLAN)
      var finding = strowger_finding()
      finding.size = UInt32(MemoryLayout<strowger_finding>.size)
      #expect(strowger_next_finding(office.exchange, &finding) == STROWGER_OK)
      #expect(finding.severity == STROWGER_SEVERITY_ERROR && finding.line == 4 && finding.column > 1)
      #expect(finding.mend.map { String(cString: $0).contains("DoNotDisturb") } ?? false)
      while strowger_next_finding(office.exchange, &finding) == STROWGER_OK { #expect(finding.message != nil) }
      #expect(strowger_load_plan(office.exchange, "/nowhere/plan.xml") == STROWGER_PLAN)
      #expect(strowger_use_plan(office.exchange, "\u{0}\u{1}", 2, "x") == STROWGER_PLAN)
      #expect(strowger_use_plan(office.exchange, "", Int(STROWGER_PLAN_LARGEST) + 1, "x") == STROWGER_RANGE)
      #expect(office.use(Office.plan) == STROWGER_OK && strowger_fire(office.exchange, 0) == STROWGER_OK)
    }

    @Test("MOD-3: instants, devices, settings and trunks out of range are refused")
    func ranges() throws {
      let office = try Office()
      #expect(strowger_fire(office.exchange, -1) == STROWGER_RANGE && strowger_fire(office.exchange, .max) == STROWGER_RANGE)
      #expect(office.register("2001", [1, 1]) == STROWGER_RANGE)
      #expect(office.register("2001", (0..<65).map { $0 }) == STROWGER_RANGE)
      var index: UInt32 = 9
      #expect(strowger_trunk_index(office.exchange, "carrier", &index) == STROWGER_OK && index == 0)
      #expect(strowger_trunk_index(office.exchange, "nobody", &index) == STROWGER_UNKNOWN)
      var name: UnsafePointer<CChar>?
      #expect(strowger_trunk_name(office.exchange, 0, &name) == STROWGER_OK && name.map { String(cString: $0) } == "carrier")
      #expect(strowger_trunk_name(office.exchange, 1, &name) == STROWGER_RANGE)
      for (kind, result) in [
        (STROWGER_PARTY_TRUNK, STROWGER_RANGE), (4, STROWGER_KIND), (STROWGER_PARTY_STATION, STROWGER_UNKNOWN),
      ] {
        var leg: strowger_leg = 0
        #expect(strowger_reserve_leg(office.exchange, &leg) == STROWGER_OK)
        let told = office.tell(STROWGER_EVENT_DIALLED, leg) {
          $0.party.kind = kind
          $0.party.trunk = 1
          $0.party.number = .text("4711")
        }
        #expect(told == result)
      }
    }

    @Test("MOD-3: a host that reads nothing is stopped before memory grows without end")
    func unread() throws {
      let office = try Office()
      var result = STROWGER_OK
      var turns = 0
      while result == STROWGER_OK, turns < 200_000 {
        var leg: strowger_leg = 0
        #expect(strowger_reserve_leg(office.exchange, &leg) == STROWGER_OK)
        result = office.tell(STROWGER_EVENT_DIALLED, leg) {
          $0.party.kind = STROWGER_PARTY_STRANGER
          $0.number = .text("5")
        }
        turns += 1
      }
      #expect(result == STROWGER_UNREAD_FULL)
      #expect(office.directives().count >= Int(STROWGER_UNREAD))
      #expect(strowger_fire(office.exchange, 0) == STROWGER_OK)
    }

    @Test("MOD-3: one process has so many exchanges and no more; the place of one that ended serves again, its handle does not")
    func places() throws {
      var handles: [OpaquePointer?] = []
      var result = STROWGER_OK
      while result == STROWGER_OK, handles.count <= Int(STROWGER_EXCHANGES) {
        var handle: OpaquePointer?
        result = strowger_create(nil, &handle)
        if result == STROWGER_OK { handles.append(handle) }
      }
      #expect(result == STROWGER_TOO_MANY)
      for handle in handles { #expect(strowger_destroy(handle) == STROWGER_OK) }
      var handle: OpaquePointer?
      #expect(strowger_create(nil, &handle) == STROWGER_OK)
      #expect(!handles.contains(handle))
      for old in handles { #expect(strowger_fire(old, 0) == STROWGER_UNKNOWN_EXCHANGE) }
      #expect(strowger_destroy(handle) == STROWGER_OK)
    }

    @Test("MOD-3: every result has a text of its own, and any number may be asked for")
    func texts() {
      let texts = (STROWGER_SDP_PROTECTION...STROWGER_GONE).compactMap { strowger_result_text($0).map { String(cString: $0) } }
      #expect(Set(texts).count == Int(STROWGER_GONE - STROWGER_SDP_PROTECTION) + 1)
      #expect(!texts.contains("an unknown result"))
      #expect(strowger_result_text(.min).map { String(cString: $0) } == "an unknown result")
      #expect(strowger_interface() == STROWGER_INTERFACE)
    }
  }
}

extension String {
  func replacing(_ old: String, _ new: String) -> String {
    var parts: [Substring] = []
    var rest = self[...]
    while let range = rest.firstRange(of: old) {
      parts.append(rest[..<range.lowerBound])
      rest = rest[range.upperBound...]
    }
    return (parts + [rest]).joined(separator: new)
  }
}

/// Counted by several threads.
final class Counter: Sendable {
  private let number = Atomic(0)
  var value: Int { self.number.load(ordering: .relaxed) }
  func count() { self.number.add(1, ordering: .relaxed) }
}
