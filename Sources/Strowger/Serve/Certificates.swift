import Foundation
import NIOCore
import Store
import Synchronization
import Transport

/// The certificates of a running exchange: read at its start, on reload, and when their files have changed. What cannot be
/// used is refused, and the old ones stay; connections are not touched (SEC-1).
final class Certificates: Sendable {
  private struct State {
    var credentials: TLSCredentials
    /// What the options name, and the files' times and sizes when they were last read.
    var wanted: TLSFiles
    var stamp: [Stamp]
    /// Why the last ones were refused; nil: they are in force.
    var refusal: String?
    /// When an administrator was last told of the end of the certificate.
    var warned: Int64 = .min
    var hasStopped = false
  }

  private struct Stamp: Equatable {
    var file: String
    var inode: UInt64
    var size: Int64
    var seconds: Int
    var nanoseconds: Int
  }

  /// Seconds from look to look at the files.
  private static let period = 10
  /// Seconds from warning to warning.
  private static let warningPeriod: Int64 = 86_400

  private let loop: ExchangeLoop
  private let log: Log
  private let state: Mutex<State>
  private let queue = DispatchQueue(label: "strowger.certificates", qos: .utility)

  /// - Throws: `Failure` where they cannot be used: an exchange that is to have TLS does not start without.
  init(_ options: SystemOptions, _ loop: ExchangeLoop, log: Log) throws {
    let files = TLSFiles(options)
    let stamp = Self.stamp(files)
    let credentials = try TLSCredentials(files)
    self.loop = loop
    self.log = log
    self.state = Mutex(State(credentials: credentials, wanted: files, stamp: stamp))
    try loop.install(credentials).wait()
    for warning in credentials.warnings { log.say(warning, .yellow) }
    self.warn()
  }

  /// Begins to look at the files now and then.
  func begin() {
    self.queue.asyncAfter(deadline: .now() + .seconds(Self.period)) { [weak self] in
      guard let self, !self.state.withLock({ $0.hasStopped }) else { return }
      self.look()
      self.begin()
    }
  }

  func stop() {
    self.state.withLock { $0.hasStopped = true }
    self.queue.sync {}
  }

  /// Why the last certificates were refused; nil: they are in force.
  var refusal: String? { self.state.withLock { $0.refusal } }

  /// Takes what the options name, now. Blocks.
  /// - Returns: whether it is in force.
  func take(_ options: SystemOptions) -> Bool { self.take(TLSFiles(options)) }

  private func take(_ files: TLSFiles) -> Bool {
    let stamp = Self.stamp(files)
    do throws(TransportError) {
      let credentials = try TLSCredentials(files)
      let now = Int64(time(nil))
      let isFit = credentials.validFrom <= now && now < credentials.validUntil
      // A certificate that nobody believes does not replace one that is believed.
      if !isFit, self.isValid(at: now), let why = credentials.expiry(at: now) {
        throw TransportError(.badCertificate, at: "", why)
      }
      try? self.loop.install(credentials).wait()
      let isNew = self.state.withLock { state in
        let before = (state.stamp, state.wanted, state.refusal)
        state = State(credentials: credentials, wanted: files, stamp: stamp)
        return before != (stamp, files, nil)
      }
      guard isNew else { return true }
      self.log.say("certificate \(files.certificate) is in force for new connections")
      for warning in credentials.warnings { self.log.say(warning, .yellow) }
      self.warn()
      return true
    } catch {
      self.state.withLock {
        $0.wanted = files
        $0.stamp = stamp
        $0.refusal = error.description
      }
      self.log.say("\(error); the old certificate stays in force", .red)
      return false
    }
  }

  private func isValid(at now: Int64) -> Bool {
    self.state.withLock { $0.credentials.validFrom <= now && now < $0.credentials.validUntil }
  }

  private func look() {
    let (files, known) = self.state.withLock { ($0.wanted, $0.stamp) }
    if Self.stamp(files) != known { _ = self.take(files) }
    self.warn()
  }

  /// Says once a day that the certificate ends soon, or has.
  private func warn() {
    let now = Int64(time(nil))
    let text = self.state.withLock { state -> String? in
      guard state.warned == .min || now - state.warned >= Self.warningPeriod, let text = state.credentials.expiry(at: now) else {
        return nil
      }
      state.warned = now
      return text
    }
    if let text { self.log.say(text, .yellow) }
  }

  private static func stamp(_ files: TLSFiles) -> [Stamp] {
    files.all.map { file in
      var status = stat()
      guard stat(file, &status) == 0 else { return Stamp(file: file, inode: 0, size: 0, seconds: 0, nanoseconds: 0) }
      return Stamp(
        file: file, inode: UInt64(status.st_ino), size: Int64(status.st_size), seconds: status.st_mtim.tv_sec,
        nanoseconds: status.st_mtim.tv_nsec)
    }
  }

  /// For `strowger status --counters`.
  var members: [JSON.Member] {
    let (credentials, refusal) = self.state.withLock { ($0.credentials, $0.refusal) }
    let warning = refusal ?? credentials.expiry(at: Int64(time(nil))) ?? ""
    return [
      .init(name: "certificateExpires", value: JSON(time: Moment(milliseconds: credentials.validUntil &* 1000))),
      .init(name: "certificateWarning", value: .string(warning)),
    ]
  }
}

extension TLSFiles {
  /// As the options name them.
  init(_ options: SystemOptions) {
    self.init(
      certificate: options["sip.tls-certificate"], key: options["sip.tls-key"], clientAuthorities: options["sip.tls-client-ca"],
      authorities: options["sip.tls-ca"], isMutual: options.isOn("sip.tls-mutual"),
      acceptsAnyone: options.isOn("sip.tls-validate-any"))
  }
}
