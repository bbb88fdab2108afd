import CMediaShims
import Glibc
import Kernel
import Sessions
import Testing

@testable import Media

@Suite("Ports", .serialized)
struct PortTests {
  @Test("MED-2: ports are even, each once; used up they are refused, closed ones come again, last")
  func pairs() throws {
    let bench = try Bench(ports: 20301...20308)
    var ports: [UInt16] = []
    for id in UInt64(1)...3 { ports.append(try bench.open(id).port) }
    #expect(ports.sorted() == [20302, 20304, 20306])
    bench.server.post([.open(ChannelID(4), MediaRequest(family: .v4))])
    #expect(bench.wait { $0 == .failed(ChannelID(4), .noPort) ? true : nil } == true)
    bench.server.post([.close(ChannelID(1)), .close(ChannelID(2))])
    #expect(try bench.open(5).port == ports[0])
    #expect(bench.server.measures.channels == 2)
    #expect(bench.server.measures.channelsOpened == 4)
  }

  @Test("MED-2: no more channels than allowed; calls in progress are untouched")
  func limit() throws {
    let bench = try Bench(ports: 20320...20339, channels: 2)
    _ = try bench.open(1)
    _ = try bench.open(2)
    bench.server.post([.open(ChannelID(3), MediaRequest(family: .v4))])
    #expect(bench.wait { $0 == .failed(ChannelID(3), .noPort) ? true : nil } == true)
  }

  @Test("MED-2: a port of another program is passed over, the one next to it as well")
  func occupied() throws {
    let other = try Phone(1, port: 20343)
    let bench = try Bench(ports: 20340...20345, bind: IPAddress(127, 0, 0, 1))
    #expect([try bench.open(1).port, try bench.open(2).port].sorted() == [20340, 20344])
    #expect(other.address.port == 20343)
  }

  @Test("A restart asks for the ports and the key of before, and gets exactly them or nothing")
  func asked() throws {
    let bench = try Bench(ports: 20360...20379)
    let key = [UInt8](0..<30)
    let place = try bench.open(1, MediaRequest(family: .v4, port: 20366, key: key))
    #expect(place == MediaPlace(port: 20366, key: key))
    for port in [20366, 20367, 30000] as [UInt16] {
      bench.server.post([.open(ChannelID(UInt64(port)), MediaRequest(family: .v4, port: port))])
      #expect(bench.wait { $0 == .failed(ChannelID(UInt64(port)), .noPort) ? true : nil } == true)
    }
    let others = try (10..<19).map { try bench.open($0) }
    #expect(Set(others.map(\.port)).count == 9)
    #expect(!others.contains { $0.port == 20366 })
    #expect(Set(others.map(\.key)).count == 9)
    #expect(others.allSatisfy { $0.key.count == 30 })
  }

  @Test("MED-2: 2,000 channels opened and closed leave no descriptor behind, and stopping leaves none at all")
  func leaks() throws {
    let before = descriptors()
    do {
      let bench = try Bench(ports: 20380...20479)
      bench.settle()
      let started = descriptors()
      for round in 0..<40 {
        var commands: [MediaCommand] = []
        for id in 1...50 { commands.append(.open(ChannelID(UInt64(round * 50 + id)), MediaRequest(family: .v4))) }
        for id in 1...50 { commands.append(.close(ChannelID(UInt64(round * 50 + id)))) }
        bench.server.post(commands)
      }
      bench.settle()
      #expect(bench.server.measures.channelsOpened == 2000)
      #expect(bench.server.measures.channels == 0)
      #expect(descriptors() <= started + 4)
      bench.server.stop()
      bench.server.stop()
    }
    // Other tests open sockets at the same time.
    #expect(descriptors() <= before + 40)
  }

  private func descriptors() -> Int {
    guard let folder = opendir("/proc/self/fd") else { return -1 }
    defer { closedir(folder) }
    var count = 0
    while readdir(folder) != nil { count += 1 }
    return count
  }
}
