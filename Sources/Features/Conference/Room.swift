internal import Kernel

/// The members of a conference besides its owner.
public struct Room: Equatable, Sendable, BitwiseCopyable {
  /// The room of the media server.
  public var number: UInt32
  /// How often the owner was rung in vain.
  public var recalls: UInt8 = 0
  /// Handles of the members' legs, in the order in which they came; a state is a plain value of fixed size.
  private var slots = SIMD4<UInt64>(repeating: LegID.none.raw)

  /// As many members as a conference can have besides its owner (CONF-3).
  static let most = 4

  init(number: UInt32) { self.number = number }

  var members: [LegID] { (0..<Self.most).map { LegID(raw: self.slots[$0]) }.filter { !$0.isNone } }
  var count: Int { self.members.count }

  func contains(_ leg: LegID) -> Bool { !leg.isNone && self.members.contains(leg) }

  /// Nothing happens when all places are taken.
  mutating func add(_ leg: LegID) {
    guard let free = (0..<Self.most).first(where: { LegID(raw: self.slots[$0]).isNone }) else { return }
    self.slots[free] = leg.raw
  }

  func without(_ leg: LegID) -> Room { self.replacing(leg, by: .none) }

  func replacing(_ leg: LegID, by other: LegID) -> Room {
    var room = self
    for place in 0..<Self.most where room.slots[place] == leg.raw { room.slots[place] = other.raw }
    return room
  }

  /// The members and, where he is there, the owner.
  func with(_ owner: LegID) -> [LegID] { owner.isNone ? self.members : self.members + [owner] }

  func recalledAgain() -> Room {
    var room = self
    room.recalls &+= 1
    return room
  }
}

extension Int {
  /// As it is shown; one digit is enough for a conference.
  var digits: Digits {
    var digits = Digits()
    digits.append(symbol: UInt8(clamping: Swift.max(0, Swift.min(self, 9))))
    return digits
  }
}
