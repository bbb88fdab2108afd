import Sessions

/// Who holds how many accepted connections, and in which order they came. Where a limit is reached, the oldest connection
/// without a whole message gives way: a thousand idle connections do not keep a phone out, even from the same source
/// (RELIABILITY 30).
struct Census {
  /// Connection numbers in the order of arrival; those that left are taken out now and then.
  private struct Arrivals {
    private var numbers: [UInt64] = []
    private var start = 0
    private(set) var count = 0

    mutating func arrive(_ number: UInt64) {
      self.numbers.append(number)
      self.count += 1
    }

    mutating func leave(_ isPresent: (UInt64) -> Bool) {
      self.count -= 1
      guard self.numbers.count > 2 * self.count + 32 else { return }
      self.numbers = self.numbers[self.start...].filter(isPresent)
      self.start = 0
    }

    /// The oldest that may go. Those passed over have left or have spoken, and will never be asked for again.
    mutating func takeOldest(_ mayGo: (UInt64) -> Bool) -> UInt64? {
      while self.start < self.numbers.count {
        self.start += 1
        if mayGo(self.numbers[self.start - 1]) { return self.numbers[self.start - 1] }
      }
      return nil
    }
  }

  private var sources: [IPAddress: Arrivals] = [:]
  private var all = Arrivals()

  var count: Int { self.all.count }

  func count(_ address: IPAddress) -> Int { self.sources[Self.source(address)]?.count ?? 0 }

  mutating func arrive(_ number: UInt64, from address: IPAddress) {
    self.sources[Self.source(address), default: Arrivals()].arrive(number)
    self.all.arrive(number)
  }

  mutating func leave(_ address: IPAddress, isPresent: (UInt64) -> Bool) {
    let source = Self.source(address)
    self.all.leave(isPresent)
    self.sources[source]?.leave(isPresent)
    if self.sources[source]?.count == 0 { self.sources[source] = nil }
  }

  mutating func takeOldest(from address: IPAddress, mayGo: (UInt64) -> Bool) -> UInt64? {
    self.sources[Self.source(address)]?.takeOldest(mayGo)
  }

  mutating func takeOldest(mayGo: (UInt64) -> Bool) -> UInt64? { self.all.takeOldest(mayGo) }

  /// Who a connection is counted for: an IPv4 address, or the /64 that every IPv6 host has for itself.
  private static func source(_ address: IPAddress) -> IPAddress {
    address.family == .v4 ? address : IPAddress(high: address.high, low: 0)
  }
}
