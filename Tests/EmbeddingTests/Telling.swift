import CStrowger
import Testing

extension Embedded {
  /// What comes out: facts and directives by turns, state, sentences.
  @Suite struct Telling {
    @Test("MOD-3: directives and facts keep the number of their turn, also when they are read later")
    func turns() throws {
      let office = try Office()
      _ = office.dial("401", from: "2001")
      _ = office.dial("401", from: "2002")
      let facts = office.facts().map(\.turn)
      #expect(facts.count == 2 && facts[0] < facts[1])
      let finished = office.directives().filter { $0.kind == STROWGER_DIRECTIVE_FINISH }.map(\.turn)
      #expect(finished == facts)
      #expect(office.directives().isEmpty && office.facts().isEmpty)
    }

    @Test("MOD-3: a code whose fact could not be kept is taken back")
    func notKept() throws {
      let office = try Office()
      _ = office.dial("401", from: "2001")
      let turn = try #require(office.facts().first?.turn)
      #expect(office.state().contains("DoNotDisturb\": "))
      #expect(office.tell(STROWGER_EVENT_NOT_KEPT) { $0.turn = turn } == STROWGER_OK)
      #expect(!office.state().contains("DoNotDisturb\": "))
    }

    @Test("MOD-3: the state tells stations, calls and legs as JSON")
    func state() throws {
      let office = try Office()
      let leg = office.dial("2002", from: "2001")
      let state = office.state()
      #expect(
        state.contains("\"plan\": \"Office\"") && state.contains("\"dialled\": \"2002\"") && state.contains("\"leg\": \(leg)"))
      #expect(state.contains("\"name\": \"carrier\"") && state.contains("\"findings\": []"))
    }

    @Test("MOD-3: the exchange's own times can be set")
    func options() throws {
      var options = strowger_options()
      options.size = UInt32(MemoryLayout<strowger_options>.size)
      options.provisional_time = 2_000_000_000
      let office = try Office(options: options)
      _ = office.dial("2002", from: "2001", at: 1_000_000_000)
      var deadline: Int64 = 0
      #expect(strowger_next_deadline(office.exchange, &deadline) == STROWGER_OK && deadline == 3_000_000_000)
      options.ring_time = -1
      var handle: OpaquePointer?
      #expect(strowger_create(&options, &handle) == STROWGER_RANGE && handle == nil)
    }

    @Test("MOD-3: a sentence is written with its number, and cut between characters")
    func sentences() {
      func sentence(_ text: String, _ number: String?, room: Int) -> (String, Int32) {
        var out = [CChar](repeating: 1, count: 64)
        var digits = strowger_digits.text(number ?? "")
        let result = strowger_sentence(text, number == nil ? nil : withUnsafePointer(to: &digits) { $0 }, &out, room)
        return (out.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }, result)
      }
      #expect(sentence("forward to % set", "2002", room: 64) == ("forward to 2002 set", STROWGER_OK))
      #expect(sentence("100 %", nil, room: 64) == ("100 %", STROWGER_OK))
      #expect(sentence("to %", "2002", room: 6) == ("to 20", STROWGER_TOO_SMALL))
      #expect(sentence("aé", nil, room: 3) == ("a", STROWGER_TOO_SMALL))
      #expect(sentence("aé", nil, room: 4) == ("aé", STROWGER_OK))
      #expect(strowger_sentence("x", nil, nil, 5) == STROWGER_NULL)
    }
  }
}
