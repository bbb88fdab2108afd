/// Limits of calls to the outside for the station that pays (RELIABILITY 42).
extension World {
  /// Counts one more call outside for `station`; false where its class of service allows no more at once, or in this minute.
  mutating func takeTrunkCall(_ station: StationNumber, by authorization: Authorization?, at now: Instant) -> Bool {
    guard let entry = self.classOfService(of: station, by: authorization) else { return false }
    var isFree = true
    self.withStation(station) {
      if now - $0.minute >= .seconds(60) { ($0.minute, $0.trunkCallsOfMinute) = (now, 0) }
      isFree =
        (entry.trunkCalls == 0 || $0.trunkCalls < entry.trunkCalls)
        && (entry.trunkCallsPerMinute == 0 || $0.trunkCallsOfMinute < entry.trunkCallsPerMinute)
      if isFree { $0.trunkCallsOfMinute += 1 }
    }
    return isFree
  }
}
