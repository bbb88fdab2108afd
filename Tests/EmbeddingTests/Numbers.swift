import CStrowger
import Kernel
import ModuleBridge
import Testing

@testable import Embedding

extension Embedded {
  /// What was published under a number keeps it.
  @Suite struct Numbers {
    @Test("MOD-3: every event has the header's number", arguments: EventKind.allCases)
    func event(_ kind: EventKind) {
      let number: UInt32 =
        switch kind {
        case .dialled: STROWGER_EVENT_DIALLED
        case .proceeding: STROWGER_EVENT_PROCEEDING
        case .alerting: STROWGER_EVENT_ALERTING
        case .answered: STROWGER_EVENT_ANSWERED
        case .failed: STROWGER_EVENT_FAILED
        case .redirected: STROWGER_EVENT_REDIRECTED
        case .released: STROWGER_EVENT_RELEASED
        case .held: STROWGER_EVENT_HELD
        case .resumed: STROWGER_EVENT_RESUMED
        case .transferRequested: STROWGER_EVENT_TRANSFER_REQUESTED
        case .verified: STROWGER_EVENT_VERIFIED
        case .trunk: STROWGER_EVENT_TRUNK
        case .joined: STROWGER_EVENT_JOINED
        case .joinFailed: STROWGER_EVENT_JOIN_FAILED
        case .played: STROWGER_EVENT_PLAYED
        case .pressed: STROWGER_EVENT_PRESSED
        case .recordings: STROWGER_EVENT_RECORDINGS
        case .registered: STROWGER_EVENT_REGISTERED
        case .settings: STROWGER_EVENT_SETTINGS
        case .kept: STROWGER_EVENT_KEPT
        case .notKept: STROWGER_EVENT_NOT_KEPT
        }
      #expect(kind.rawValue == number)
    }

    @Test("MOD-3: every directive has the header's number", arguments: DirectiveKind.allCases)
    func directive(_ kind: DirectiveKind) {
      let number: UInt32 =
        switch kind {
        case .progress: STROWGER_DIRECTIVE_PROGRESS
        case .alert: STROWGER_DIRECTIVE_ALERT
        case .answer: STROWGER_DIRECTIVE_ANSWER
        case .finish: STROWGER_DIRECTIVE_FINISH
        case .release: STROWGER_DIRECTIVE_RELEASE
        case .media: STROWGER_DIRECTIVE_MEDIA
        case .present: STROWGER_DIRECTIVE_PRESENT
        case .transfer: STROWGER_DIRECTIVE_TRANSFER
        case .verify: STROWGER_DIRECTIVE_VERIFY
        case .recording: STROWGER_DIRECTIVE_RECORDING
        case .record: STROWGER_DIRECTIVE_RECORD
        case .note: STROWGER_DIRECTIVE_NOTE
        case .fault: STROWGER_DIRECTIVE_FAULT
        }
      #expect(kind.rawValue == number)
    }

    @Test("MOD-3: causes, tones, sounds, purposes, diversions and settings have numbers of their own, and come back from them")
    func numbered() throws {
      try self.comeBack(Cause.self)
      try self.comeBack(Purpose.self)
      try self.comeBack(Tone.self)
      try self.comeBack(Sound.self)
      try self.comeBack(Diversion.Reason.self)
      try self.comeBack(StationSettings.Insertion.self)
      try self.comeBack(StationSettings.ToneSource.self)
    }

    private func comeBack<Kind: Numbered & Equatable>(_: Kind.Type) throws {
      for kind in Kind.allCases { #expect(try Kind.numbered(kind.number) == kind) }
      #expect(Set(Kind.allCases.map(\.number)).count == Kind.allCases.count)
      #expect(throws: Refusal.kind) { try Kind.numbered(1 << 31) }
    }

    @Test("MOD-3: every goal keeps its meaning")
    func goals() {
      let leg = LegID(index: 7, generation: 3)
      let goals: [(Goal, UInt32, UInt32, UInt64)] = [
        (.nothing, STROWGER_GOAL_NOTHING, 0, 0), (.with(leg), STROWGER_GOAL_WITH, 0, leg.raw),
        (.music, STROWGER_GOAL_MUSIC, 0, 0), (.tone(.hold), STROWGER_GOAL_TONE, STROWGER_TONE_HOLD, 0),
        (.room(9), STROWGER_GOAL_ROOM, 9, 0), (.announcement(.beep), STROWGER_GOAL_ANNOUNCEMENT, STROWGER_SOUND_BEEP, 0),
        (.recording(4), STROWGER_GOAL_RECORDING, 4, 0), (.playback(5), STROWGER_GOAL_PLAYBACK, 5, 0),
      ]
      for (goal, kind, value, leg) in goals {
        let out = strowger_goal(goal)
        #expect(out.kind == kind && out.value == value && out.leg == leg)
      }
    }

    @Test("MOD-3: digits of every length go through, and nothing else")
    func digits() throws {
      for length in 0...Digits.longest {
        let text = String("0123456789*#+ABC0123456789*#+ABC".prefix(length))
        #expect(try Digits(strowger_digits.text(text)).description == text)
        #expect(strowger_digits(try Digits(strowger_digits.text(text))).string == text)
      }
      for text in ["20 1", "2001@host", "٢", String(repeating: "1", count: 33), String(repeating: "1", count: 40)] {
        #expect(throws: Refusal.digits) { try Digits(strowger_digits.text(text)) }
      }
    }
  }
}
