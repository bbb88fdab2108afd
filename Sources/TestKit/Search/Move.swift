import Kernel

/// One thing that can happen in a small world. Lines are named by their place among the telephones' lines, which is the same
/// whenever the same path is gone.
struct Move: Sendable {
  enum Kind: UInt8, Sendable {
    case dial, ring, answer, refuse, leave, hold, transfer, transferReplacing, takePlace, time, trunkDown, trunkUp, callIn
  }
  var kind: Kind
  /// Index of a station, line or trunk.
  var subject: UInt8 = 0
  /// Index of a number, or of another line.
  var object: UInt8 = 0

  init(_ kind: Kind, _ subject: Int = 0, _ object: Int = 0) {
    self.kind = kind
    self.subject = UInt8(truncatingIfNeeded: subject)
    self.object = UInt8(truncatingIfNeeded: object)
  }

  /// Everything that can happen now. People use their telephones sensibly: nobody dials while he talks, rings or dials already.
  static func all(of exchange: TestExchange, in world: Search.World) -> [Move] {
    var moves: [Move] = []
    let lines = exchange.telephones.lines
    for (index, station) in world.stations.enumerated() {
      guard lines.allSatisfy({ $0.station != station || $0.phase == .talking && $0.isHolding }) else { continue }
      guard lines.count(where: { $0.station == station }) < 3 else { continue }
      for (number, digits) in world.numbers.enumerated() where digits != station.digits {
        moves.append(Move(.dial, index, number))
      }
    }
    for (index, line) in lines.enumerated() {
      switch line.phase {
      case .dialling: moves.append(Move(.leave, index))
      case .called:
        if !line.isRinging { moves.append(Move(.ring, index)) }
        moves.append(Move(.answer, index))
        moves.append(Move(.refuse, index))
      case .talking:
        moves.append(Move(.leave, index))
        moves.append(Move(.hold, index))
        if world.transfers { self.addTransfers(of: index, lines, world, &moves) }
      }
    }
    if exchange.kernel.nextDeadline != nil { moves.append(Move(.time)) }
    for (index, name) in world.trunks.enumerated() {
      guard let trunk = exchange.kernel.world.trunk(named: name) else { continue }
      moves.append(Move(exchange.kernel.world.trunks[trunk].isUp ? .trunkDown : .trunkUp, index))
    }
    if !world.trunks.isEmpty, !lines.contains(where: { $0.party.trunk == 0 && $0.direction == .originating }) {
      moves.append(Move(.callIn))
    }
    return moves
  }

  private static func addTransfers(of index: Int, _ lines: [Line], _ world: Search.World, _ moves: inout [Move]) {
    let line = lines[index]
    guard let station = line.station else { return }
    // What a telephone offers: to a number, to whom it has on another line, whether that has answered or not.
    for (number, digits) in world.numbers.enumerated() where digits != station.digits {
      moves.append(Move(.transfer, index, number))
    }
    for (other, second) in lines.enumerated() where other != index && second.station == station && second.phase != .called {
      moves.append(Move(.transferReplacing, index, other))
    }
    // Another telephone takes this one's place, as one that was told to by a transfer of its own exchange.
    for (third, taker) in world.stations.enumerated() where taker != station && !lines.contains(where: { $0.station == taker }) {
      moves.append(Move(.takePlace, third, index))
    }
  }

  /// - Returns: the line that has left, if that is what happened.
  func carryOut(in exchange: inout TestExchange, _ world: Search.World) -> Line? {
    let lines = exchange.telephones.lines
    let line = lines.indices.contains(Int(self.subject)) ? lines[Int(self.subject)] : nil
    switch self.kind {
    case .dial: self.dial(world.numbers[Int(self.object)], &exchange, world)
    case .ring: if let line { exchange.ring(line) }
    case .answer: if let line { exchange.answer(line) }
    case .refuse: if let line { exchange.refuse(line, .busyHere) }
    case .leave:
      guard let line else { return nil }
      exchange.leave(line)
      return line
    case .hold: if let line { exchange.hold(line) }
    case .transfer: if let line { exchange.transfer(line, to: world.numbers[Int(self.object)]) }
    case .transferReplacing:
      guard let line, lines.indices.contains(Int(self.object)) else { return nil }
      let other = lines[Int(self.object)]
      let target = exchange.kernel.world.peer(of: other.leg).flatMap { exchange.telephones[$0]?.party.number }
      exchange.transfer(line, to: target ?? Digits(), replacing: other.leg)
    case .takePlace:
      guard lines.indices.contains(Int(self.object)) else { return nil }
      self.dial(lines[Int(self.object)].party.number, &exchange, world, replacing: lines[Int(self.object)].leg)
    case .time: if let deadline = exchange.kernel.nextDeadline { exchange.advance(to: deadline) }
    case .trunkDown, .trunkUp: exchange.receive(.trunk(world.trunks[Int(self.subject)], isUp: self.kind == .trunkUp))
    case .callIn:
      guard let trunk = exchange.kernel.world.trunk(named: world.trunks[0]), let called = world.stations.first else { return nil }
      exchange.dial(called.digits, from: .trunk(Int32(truncatingIfNeeded: trunk), "0299"))
    }
    return nil
  }

  private func dial(
    _ number: Digits, _ exchange: inout TestExchange, _ world: Search.World, replacing: LegID = .none
  ) {
    let station = world.stations[Int(self.subject)]
    guard let device = exchange.telephones.devices(of: station).first else { return }
    exchange.dial(number, from: .station(station, device), replacing: replacing)
  }
}
