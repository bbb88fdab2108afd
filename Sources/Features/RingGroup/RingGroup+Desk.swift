public import Kernel

extension RingGroup {
  /// The members of a group as they are now, in the plan's order.
  public struct Roll: Sendable {
    public var call: CallID
    public var members: [Member]
    public var ring: Plan.Ring
    public var overflow: Digits?
    public var overflowTime: Interval

    public struct Member: Sendable {
      public var station: StationNumber
      /// Telephones that can be called now; 0 when it is busy or away.
      public var telephones: Int
    }
  }

  /// What the machine orders, in telephone terms.
  struct Desk {
    let call: CallID
    let now: Instant
    let options: OptionValues
    let world: World

    var caller: LegID { self.world.call(self.call)?.origin ?? .none }
  }
}

extension RingGroup.Desk {
  /// INVITEs that leave at once, and the time to the next ones (GRP-1).
  static let batch = 4
  static let batchTime = Interval.milliseconds(50)
  /// The longest a group without an overflow rings, as any telephone (CALL-11).
  static let longest = Interval.seconds(180)

  func begin(_ roll: RingGroup.Roll, _ start: Int, _ orders: inout Orders) -> Step<RingGroup.State> {
    let number = self.world.call(self.call)?.target ?? Digits()
    guard roll.members.contains(where: { $0.telephones > 0 }) else {
      if let overflow = roll.overflow {
        orders.explain(Note("nobody free, overflow to %", overflow))
        orders.reroute(overflow, .userBusy, maximumHops: Kernel.hopLimit)
        return .stay(.none)
      }
      return .refuse(.busyHere, Note("nobody of group % is free", number))
    }
    orders.explain(Note("group % is called", number))
    orders.own()
    let time = roll.overflow == nil ? Self.longest : roll.overflowTime
    switch roll.ring {
    case .unconditional:
      if case .stay(let state) = self.ring(roll, 0, 0, &orders) {
        orders.arm(RingGroup.Timer.end, after: time)
        return .go(state)
      }
      return .stay(.none)
    case .sequential, .distributed:
      return self.hunt(roll, UInt8(truncatingIfNeeded: start), 0, self.now + time, .userBusy, &orders)
    }
  }

  /// Calls the next members, as many telephones as make a batch, or one member who has more.
  func ring(_ roll: RingGroup.Roll, _ next: UInt8, _ called: UInt8, _ orders: inout Orders) -> Step<RingGroup.State> {
    var next = Int(next)
    var called = Int(called)
    var telephones = 0
    while next < roll.members.count, called < self.most {
      let member = roll.members[next]
      if telephones > 0, telephones + member.telephones > Self.batch { break }
      next += 1
      guard member.telephones > 0 else { continue }
      self.alert(member.station, &orders)
      telephones += member.telephones
      called += 1
    }
    if next < roll.members.count, called < self.most {
      orders.arm(RingGroup.Timer.batch, after: Self.batchTime)
    } else if telephones == 0, !self.world.isCalledFor(self.caller) {
      return self.giveUp(roll, .userBusy, &orders)
    }
    return .stay(.ringing(next: UInt8(truncatingIfNeeded: next), called: UInt8(truncatingIfNeeded: called)))
  }

  /// Another may ring in that one's stead.
  func passOver(
    _ roll: RingGroup.Roll, _ next: UInt8, _ called: UInt8, _ alone: Bool, _ orders: inout Orders
  ) -> Step<RingGroup.State> {
    let called = called > 0 ? called - 1 : 0
    if self.hasMore(roll, next, called) {
      orders.arm(RingGroup.Timer.batch, after: Self.batchTime)
    } else if alone {
      return self.giveUp(roll, .userBusy, &orders)
    }
    return .stay(.ringing(next: next, called: called))
  }

  func hasMore(_ roll: RingGroup.Roll, _ next: UInt8, _ called: UInt8) -> Bool {
    Int(next) < roll.members.count && Int(called) < self.most
  }

  private var most: Int { self.options.integer(RingGroup.Option.maximumStations) }

  /// Calls the next member who can be called; none left: that was all.
  func hunt(
    _ roll: RingGroup.Roll, _ start: UInt8, _ tried: UInt8, _ until: Instant, _ why: Diversion.Reason, _ orders: inout Orders
  ) -> Step<RingGroup.State> {
    var tried = Int(tried)
    while tried < roll.members.count {
      let member = roll.members[(Int(start) + tried) % roll.members.count]
      tried += 1
      guard member.telephones > 0 else { continue }
      self.alert(member.station, &orders)
      orders.arm(RingGroup.Timer.member, after: self.options.time(RingGroup.Option.memberTime))
      orders.arm(RingGroup.Timer.end, after: max(until - self.now, .milliseconds(1)))
      return .go(.hunting(start: start, tried: UInt8(truncatingIfNeeded: tried), until: until))
    }
    return self.giveUp(roll, why, &orders)
  }

  private func alert(_ station: StationNumber, _ orders: inout Orders) {
    orders.alert(station, for: self.caller, calling: self.world.leg(self.caller)?.party.number ?? Digits(), .groupMember)
  }

  /// The first to answer has it; the others stop ringing with the state (GRP-2).
  func connect(_ leg: LegID, _ orders: inout Orders) -> Step<RingGroup.State> {
    let caller = self.caller
    orders.connect(leg, caller)
    orders.giveBack(leg)
    orders.giveBack(caller)
    return .go(.none)
  }

  /// Nobody is left, or the time is over: overflow (GRP-3), else 486 or 480.
  func giveUp(_ roll: RingGroup.Roll, _ why: Diversion.Reason, _ orders: inout Orders) -> Step<RingGroup.State> {
    let number = self.world.call(self.call)?.target ?? Digits()
    if let overflow = roll.overflow {
      orders.explain(Note("overflow to %", overflow))
      orders.forward(self.caller, to: overflow, why)
    } else if why == .noAnswer {
      orders.finish(self.caller, .temporarilyUnavailable, Note("nobody of group % answers", number), .noAnswer)
    } else {
      orders.finish(self.caller, .busyHere, Note("nobody of group % is free", number), .busy)
    }
    return .go(.none)
  }
}
