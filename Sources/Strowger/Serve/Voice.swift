import Foundation
import Kernel
import Media
import SIP
import Sessions
import Store

/// The media server, alone or with an rtpengine before it, and the folder in which what is said to mailboxes lies.
final class Voice: Sendable {
  let server: Server
  /// Rows to take back, as their recordings are gone.
  let mended: [RowChange]
  private let folder: RecordingFolder
  private let files = DispatchQueue(label: "strowger.recordings")

  /// - Parameters:
  ///   - address: where RTP is received; nil for all addresses of the machine.
  ///   - onEvents: called on a thread of the media server.
  init(
    _ snapshot: inout Snapshot, database: Database, address: IPAddress?, log: Log,
    onEvents: @escaping @Sendable ([MediaEvent]) -> Void
  ) throws {
    let options = snapshot.options
    let folder = try RecordingFolder(
      database: database.path, secrets: database.secrets, isEncrypted: options.isOn("voicemail.encryption"),
      maximumOctets: options.voiceMailSpace)
    // Rows without a file and files without a row: what a crash or somebody's hand left.
    self.mended = snapshot.mend(folder)
    let shelf = RecordingShelf(
      save: { number, octets in
        do {
          try folder.save(number, octets)
          return true
        } catch {
          log.say("a message was not kept: \(error)", .red)
          return false
        }
      },
      load: { number in
        do { return try folder.load(number) } catch {
          log.say("\(error)", .yellow)
          return nil
        }
      })
    self.folder = folder
    do throws(MediaServer.Failure) {
      var wishes = MediaServer.Options(
        ports: options.mediaPorts, channels: options.integer("media.channels") * Self.portsOfPhone,
        music: try Self.music(options["media.music"]))
      if let rtpengine = options.mediaServer {
        // Phones speak with rtpengine at its address; the own server speaks with rtpengine alone, wherever that is.
        self.server = .behind(
          try RTPEngine(
            host: rtpengine.host, port: rtpengine.port, options: wishes, recordings: shelf, say: { log.say($0, .yellow) },
            onEvents: onEvents))
      } else {
        wishes.bindAddress = address
        self.server = .alone(try MediaServer(options: wishes, recordings: shelf, onEvents: onEvents))
      }
    } catch {
      switch error {
      case .system(let code): throw Failure("the media server cannot start: \(String(cString: strerror(code)))")
      case .music(let why): throw Failure("option media.music: \(why)")
      }
    }
  }

  /// Lines of one phone that the media server carries at most: voice, video and two more.
  private static let portsOfPhone = 4

  /// The samples of the file that `media.music` names; nil for the built-in melody.
  private static func music(_ file: String) throws(MediaServer.Failure) -> [Int16]? {
    guard !file.isEmpty else { return nil }
    guard let octets = try? Data(contentsOf: URL(fileURLWithPath: file)) else {
      throw .music("\(file) cannot be read; name a WAV file, or nothing for the built-in melody")
    }
    return try MediaServer.music(fromWAV: [UInt8](octets), name: file)
  }

  /// Follows changed options; ports and music at the next start.
  func configure(_ options: SystemOptions) {
    self.folder.configure(isEncrypted: options.isOn("voicemail.encryption"), maximumOctets: options.voiceMailSpace)
  }

  /// Deletes the files of messages that are no more.
  func remove(_ facts: [ExchangeFact]) {
    for case .removeRecording(let number) in facts {
      self.files.async { self.folder.remove(number) }
    }
  }

  func stop() {
    self.server.stop()
    self.files.sync {}
  }
}

extension Voice {
  /// Who carries out what the exchange orders of voice (option `media.server`).
  enum Server: Sendable {
    /// The own media server alone.
    case alone(MediaServer)
    /// The own media server behind an rtpengine.
    case behind(RTPEngine)

    func post(_ commands: [MediaCommand]) {
      switch self {
      case .alone(let server): server.post(commands)
      case .behind(let server): server.post(commands)
      }
    }

    var measures: MediaServer.Measures {
      switch self {
      case .alone(let server): server.measures
      case .behind(let server): server.measures
      }
    }

    func stop() {
      switch self {
      case .alone(let server): server.stop()
      case .behind(let server): server.stop()
      }
    }
  }
}
