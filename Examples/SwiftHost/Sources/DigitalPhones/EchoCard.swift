public import Sessions

/// The voice of live digital phones. These have no ears: each sends back what it hears, so that whoever calls one from a real telephone hears
/// himself. A vendor's card puts its own hardware here.
public final class EchoCard: VoiceCard {
  private struct Line {
    let voice: HostedVoice
    let socket: DatagramSocket
    var target = MediaTarget()
    var packets = 0
  }
  private var lines: [Line] = []
  private let address: IPAddress
  private static let ports = stride(from: UInt16(30_000), to: 31_000, by: 2)

  public init(address: IPAddress) { self.address = address }

  var descriptors: [Int32] { self.lines.map(\.socket.descriptor) }
  /// Packets that have come, of all lines that are open.
  public var packets: Int { self.lines.reduce(0) { $0 + $1.packets } }

  public func open() -> HostedVoice? {
    for port in Self.ports where !self.lines.contains(where: { $0.voice.address.port == port }) {
      let place = SocketAddress(self.address, port: port)
      guard let socket = DatagramSocket(place), let voice = HostedVoice(address: place) else { continue }
      self.lines.append(Line(voice: voice, socket: socket))
      return voice
    }
    return nil
  }

  public func aim(_ voice: HostedVoice, at target: MediaTarget) {
    guard let index = self.index(of: voice) else { return }
    self.lines[index].target = target
  }

  public func close(_ voice: HostedVoice) {
    if let index = self.index(of: voice) { self.lines.remove(at: index) }
  }

  private func index(of voice: HostedVoice) -> Int? { self.lines.firstIndex { $0.voice.address == voice.address } }

  /// Sends back what has come from whom the line talks to, as a stream of its own.
  func echo() {
    for index in self.lines.indices {
      while let (bytes, source) = self.lines[index].socket.receive() {
        guard bytes.count >= 12, bytes[0] >> 6 == 2, let address = self.lines[index].target.address,
          address.address == source.address
        else { continue }
        self.lines[index].packets += 1
        guard self.lines[index].target.sends else { continue }
        var packet = bytes
        // SSRC (RFC 3550 §8): two streams of one number would be a loop.
        for octet in 8..<12 { packet[octet] = ~packet[octet] }
        self.lines[index].socket.send(packet, to: address)
      }
    }
  }
}
