internal import CMediaShims
public import Sessions

/// The media server of the exchange with an rtpengine before it: rtpengine holds the ports that phones use, relays, and does
/// SRTP; tones, music, rooms, recordings and keys are the own ``MediaServer``'s (MED-1 to MED-5), for the same ``MediaCommand``s.
///
/// Each channel is a call at rtpengine with a phone on one side and a channel of the own media server on the other. That one
/// carries out every command, so all of them work as without rtpengine. Where two channels are relayed to each other and nobody
/// needs to listen, their insides are joined at rtpengine, and voice no longer passes the own server.
///
/// rtpengine's own control protocol (NG) is bencode over UDP. A question without an answer is repeated; after a second it has
/// failed. What a channel cannot be given ends in ``MediaEvent/failed(_:_:)``.
public final class RTPEngine: Sendable {
  private let own: MediaServer
  private let mailbox: Mailbox<RelayLetter>
  private let counters = RelayCounters()
  private let thread: Thread

  /// Starts the own media server and the thread that speaks with rtpengine. rtpengine itself may come later.
  /// - Parameters:
  ///   - host: a name or an address.
  ///   - port: of rtpengine's `listen-ng`.
  ///   - options: of the own media server.
  ///   - say: called once when rtpengine answers no more or refuses something, and once when it answers again.
  ///   - onEvents: called on the thread that speaks with rtpengine with what has happened, in order. It must return at once, and
  ///     must not call ``stop()``.
  /// - Throws: ``MediaServer/Failure`` where the system gives no descriptors or threads.
  public init(
    host: String, port: UInt16, options: MediaServer.Options, recordings: RecordingShelf,
    say: @escaping @Sendable (String) -> Void, onEvents: @escaping @Sendable ([MediaEvent]) -> Void
  ) throws(MediaServer.Failure) {
    let mailbox = try Mailbox<RelayLetter>(waits: false)
    let own = try MediaServer(options: options, recordings: recordings) { mailbox.post(.heard($0)) }
    let desk = try RelayDesk(
      host: host, port: port, own: own, bound: options.bindAddress, mailbox: mailbox, counters: self.counters, say: say,
      onEvents: onEvents)
    self.mailbox = mailbox
    self.own = own
    self.thread = try Thread(named: "rtpengine") { desk.run() }
  }

  deinit { self.stop() }

  /// Carries commands out, in order, soon.
  public func post(_ commands: [MediaCommand]) {
    guard !commands.isEmpty else { return }
    self.mailbox.post(.commands(commands))
  }

  /// What the own media server has done so far. Voice that rtpengine relays is not in it.
  public var measures: MediaServer.Measures { self.own.measures }

  /// How it went with rtpengine so far.
  public var relayMeasures: Measures { self.counters.measures }

  /// Ends all calls at rtpengine and all threads; recordings under way are kept first. Returns when all is done; a second time at
  /// once.
  public func stop() {
    // First, so that its last words still find somebody who hears them.
    self.own.stop()
    self.mailbox.post(.stop)
    self.thread.join()
  }
}

/// What other threads tell the one that speaks with rtpengine.
enum RelayLetter: Sendable {
  case commands([MediaCommand])
  case heard([MediaEvent])
  case stop
}
