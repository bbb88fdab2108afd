public import Kernel

/// What the exchange lets telephones hear, and what they say into it: sounds end in virtual time, recordings are kept.
extension TestExchange {
  /// A sound that a leg hears, and when it is over.
  struct Sounding: Sendable {
    var leg: LegID
    var goal: Goal
    var end: Instant
  }

  /// The host tells what it keeps for `owner`.
  public mutating func keep(_ recordings: [Recording], of owner: Digits) {
    self.recorder.set(recordings, of: owner)
    self.receive(.recordings(of: owner, recordings))
  }

  /// The sound that `leg` hears is over before its time; false when it hears none.
  public mutating func endSound(of leg: LegID) -> Bool {
    guard let index = self.sounding.firstIndex(where: { $0.leg == leg }) else { return false }
    self.sounding.remove(at: index)
    self.receive(.played(leg))
    return true
  }

  /// A goal has been reached: sounds run from here, recordings have something in them.
  mutating func noteSound(_ leg: LegID, _ goal: Goal) {
    switch goal {
    case .announcement, .playback:
      self.sounding.append(Sounding(leg: leg, goal: goal, end: self.now + self.soundLength))
    case .recording(let number): self.recorder.hasSound(number, from: leg)
    case .nothing, .with, .music, .tone, .room: break
    }
  }

  /// When the next sound is over.
  var nextSoundEnd: Instant? { self.sounding.map(\.end).min() }

  mutating func endSounds() {
    while let index = self.sounding.firstIndex(where: { $0.end <= self.now }) {
      let leg = self.sounding.remove(at: index).leg
      if self.telephones[leg] != nil { self.receive(.played(leg)) }
    }
  }

  /// Recordings whose leg is gone or hears something else by now are kept, and the kernel is told.
  mutating func endRecordings() {
    let telephones = self.telephones
    let changed = self.recorder.endThose { leg, number in telephones[leg]?.goal != .recording(number) }
    for owner in changed { self.receive(.recordings(of: owner, self.recorder.recordings(of: owner))) }
  }
}
