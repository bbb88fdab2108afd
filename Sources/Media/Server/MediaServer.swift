public import Kernel
public import Sessions

/// The media server of the exchange: ports, relay, tones, music, rooms, recordings, SRTP and keys, behind ``MediaCommand``
/// (MED-1 to MED-5).
///
/// One thread moves all voice; another one reads and writes recordings. Every method may be called from any thread.
public final class MediaServer: Sendable {
  /// What can be set.
  public struct Options: Sendable {
    /// Ports to give out: pairs of an even one for RTP and the next for RTCP.
    public var ports: ClosedRange<UInt16>
    /// Channels open at once at most; a port pair each (MED-2).
    public var channels: Int
    /// The address of the machine to use; nil for all of them.
    public var bindAddress: IPAddress?
    /// Music for those who wait, 8000 samples a second, played in a loop; nil for the built-in melody.
    public var music: [Int16]?
    /// A recording longer than this ends by itself.
    public var maximumRecording: Interval

    public init(
      ports: ClosedRange<UInt16> = 16384...32767, channels: Int = 2000, bindAddress: IPAddress? = nil, music: [Int16]? = nil,
      maximumRecording: Interval = .seconds(300)
    ) {
      self.ports = ports
      self.channels = channels
      self.bindAddress = bindAddress
      self.music = music
      self.maximumRecording = maximumRecording
    }
  }

  /// Why a server could not be started.
  public enum Failure: Error, Equatable {
    /// The system's error number: no descriptors, threads or memory left.
    case system(Int32)
    /// Why a file is no music: where in it, what is wrong there, how to mend it.
    case music(String)
  }

  private let mailbox: Mailbox<Letter>
  private let counters = Counters()
  private let thread: Thread

  /// Starts the server's threads.
  /// - Parameter onEvents: called on the server's thread with what has happened, in order. It must return at once, and must not
  ///   call ``stop()``.
  /// - Throws: ``Failure`` where the system gives no descriptors or threads.
  public init(options: Options, recordings: RecordingShelf, onEvents: @escaping @Sendable ([MediaEvent]) -> Void) throws(Failure)
  {
    let mailbox = try Mailbox<Letter>(waits: false)
    let engine = try Engine(options: options, shelf: recordings, mailbox: mailbox, counters: self.counters, onEvents: onEvents)
    self.mailbox = mailbox
    self.thread = try Thread(named: "media") { engine.run() }
  }

  deinit { self.stop() }

  /// Samples for ``Options/music`` from a WAV file: PCM, A-law or µ-law, any usual rate. Slow for long files; at most an hour is
  /// taken.
  /// - Parameter name: how the file is called in an error.
  /// - Throws: ``Failure/music(_:)`` where it is no such file (RELIABILITY 47).
  public static func music(fromWAV octets: [UInt8], name: String) throws(Failure) -> [Int16] {
    do throws(WAVError) { return try WAV.read(octets, name: name) } catch { throw .music("\(error)") }
  }

  /// Carries commands out, in order, soon.
  public func post(_ commands: [MediaCommand]) {
    guard !commands.isEmpty else { return }
    self.mailbox.post(.commands(commands))
  }

  /// What the server has done so far.
  public var measures: Measures { self.counters.measures }

  /// Closes all channels and ends the threads; recordings under way are kept first. Returns when all is done; a second time at
  /// once.
  public func stop() {
    self.mailbox.post(.stop)
    self.thread.join()
  }
}
