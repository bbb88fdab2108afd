import Features
import Foundation
import Kernel
import Media
import NIOCore
import NIOPosix
import NumberPlan
import SIP
import Sessions
import Store
import Synchronization
import Transport

/// The running exchange with its store, its plan and its control socket. Made when all of it works, or not at all.
final class Service: Sendable {
  let listeners: [Listener]
  let loop: ExchangeLoop
  let database: Database
  let log: Log
  let planFile: String
  let networks: Networks
  /// Administration comes one after the other, off the exchange's loop.
  let administration = DispatchQueue(label: "strowger.administration")
  private let lock: ExchangeLock
  private let keeper: Keeper
  private let voice: Voice
  private let trunks: TrunkBook
  private let localTime: LocalTime
  let certificates: Certificates?
  private let group: MultiThreadedEventLoopGroup
  private let control = Mutex<ControlServer?>(nil)

  init(_ command: Serve, log: Log) throws {
    self.log = log
    self.planFile = command.plan
    self.networks = Networks()
    let (plan, planLine) = try Self.loadPlan(command.plan)
    let administration = try command.location.open(create: true)
    self.database = administration.database
    self.lock = try ExchangeLock(database: self.database.path)
    Terminal.complain("strowger \(Strowger.release)   \(planLine)   database \(self.database.path)")
    if command.demo { try Demo.prepare(administration, networks: self.networks) }

    InstalledModules.close()
    var snapshot = try self.database.load()
    let lastRecord = try administration.callRecords(limit: 1).first?.id ?? 0
    let endpoints = try command.listen.map { try Endpoint(parsing: $0) }
    let settings = Settings(snapshot, networks: self.networks, hasTLS: endpoints.contains { $0.kind == .tls })
    let clock = WallClock()
    var exchange = Exchange(snapshot, settings: settings, plan: plan, modules: InstalledModules.all, listeners: [], at: clock.now)
    exchange.hostAddress = command.mediaAddress.flatMap { IPAddress($0) } ?? self.networks.host
    exchange.install(localOffset: LocalTime.offset(from: clock.now))
    exchange.publicAddress = command.publicAddress.flatMap { IPAddress($0) }

    self.group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
    self.loop = ExchangeLoop(
      eventLoop: self.group.next(), exchange: exchange, limits: TransportLimits(snapshot.options), clock: clock)
    let hasTLS = endpoints.contains { $0.kind == .tls }
    self.certificates = hasTLS ? try Certificates(snapshot.options, self.loop, log: log) : nil
    self.listeners = try self.loop.bind(endpoints)
    let loop = self.loop
    self.voice = try Voice(
      &snapshot, database: self.database, address: command.mediaAddress.flatMap { IPAddress($0) }, log: log,
      onEvents: { loop.heard($0) })
    self.trunks = TrunkBook(self.loop, log: log)
    self.localTime = LocalTime(self.loop, on: self.administration)
    self.keeper = Keeper(self.database, self.loop, self.voice, listeners: self.listeners)
    let (listeners, restored, secrets) = (self.listeners, snapshot, self.database.secrets)
    let unreadable = try self.loop.perform { exchange, now in
      exchange.setListeners(listeners)
      return exchange.restore(restored, secrets: secrets, lastRecord: lastRecord, at: now)
    }.wait()
    let desk = ControlDesk(self)
    let server = try ControlServer(path: command.location.control, eventLoop: self.group.next()) { await desk.answer($0) }
    self.control.withLock { $0 = server }
    // A full disk must not keep the exchange from starting.
    do { try self.notePlan(by: administration.author, isRestart: true) } catch { log.say("audit: \(error)", .red) }
    self.greet(command, settings.warnings, unreadable: unreadable)
    let keeper = self.keeper
    let onNotices: ExchangeLoop.NoticesHandler? = log.isQuiet ? nil : { @Sendable notices in log.take(notices) }
    let media = self.voice.server
    try self.loop.run(onFacts: { keeper.keep($0, $1) }, onNotices: onNotices, onMedia: { media.post($0) }).wait()
    _ = self.trunks.take(restored.trunkSecrets)
    let trunks = self.trunks.take(plan.trunks)
    for warning in TrunkBook.warnings(plan.trunks) { log.say(warning, .yellow) }
    let codes = AuthorizationCodes(restored, secrets)
    try self.loop.perform {
      $0.install(codes)
      $0.install(trunks, at: $1)
    }.wait()
    self.localTime.begin()
    self.trunks.begin()
    self.certificates?.begin()
  }

  private static func loadPlan(_ path: String) throws -> (plan: Plan, line: String) {
    let result = InstalledModules.loadPlan(path)
    guard let plan = result.plan else { throw Failure(result.text) }
    if !result.findings.isEmpty { Terminal.complain(result.findings.map(\.text).joined(separator: "\n")) }
    return (plan, "plan \(path) (\(result.counts))")
  }

  private func greet(_ command: Serve, _ warnings: [String], unreadable: Int) {
    for warning in warnings { self.log.say(warning, .yellow) }
    if unreadable > 0 { self.log.say("\(unreadable) settings of features could not be read back", .yellow) }
    guard command.demo, let listener = self.listeners.first else { return }
    let address = listener.address.address.isUnspecified ? self.networks.host : listener.address.address
    let kind = "\(listener.kind)".uppercased()
    Terminal.complain(
      "register a SIP phone at \(address) (\(kind) \(listener.address.port)), then dial another station, "
        + "or 401 for do not disturb"
    )
  }

  // MARK: While it runs

  /// What the store has done so far.
  var measures: Writer.Measures { self.keeper.writer.measures }

  /// What the media server has done so far.
  var mediaMeasures: MediaServer.Measures { self.voice.server.measures }

  /// Takes stations, options and white list anew from the database. Blocks; call it off the exchange's loop.
  func refresh() throws {
    let snapshot = try self.database.load()
    let settings = Settings(snapshot, networks: self.networks, hasTLS: self.listeners.contains { $0.kind == .tls })
    self.voice.configure(snapshot.options)
    _ = self.certificates?.take(snapshot.options)
    for warning in settings.warnings { self.log.say(warning, .yellow) }
    let trunks = self.trunks.take(snapshot.trunkSecrets)
    let codes = AuthorizationCodes(snapshot, self.database.secrets)
    try self.loop.perform {
      settings.install(in: &$0, at: $1)
      $0.install(codes)
      $0.install(trunks, at: $1)
    }.wait()
  }

  /// Takes plan and settings anew; a plan with errors is refused and the old one stays (PLAN-3).
  /// - Returns: what was loaded, or the error's text.
  func reload(by author: Author) -> Result<String, Failure> {
    self.administration.sync {
      do {
        try self.refresh()
      } catch {
        return self.refused("\(error)")
      }
      let result = InstalledModules.loadPlan(self.planFile)
      guard let plan = result.plan else {
        self.log.say("plan \(self.planFile) has errors, the old one stays in force", .red)
        self.log.add(result.text)
        return .failure(Failure(result.text + "\nthe old plan stays in force; calls are not touched"))
      }
      if !result.findings.isEmpty { self.log.add(result.findings.map(\.text).joined(separator: "\n")) }
      do {
        try self.notePlan(by: author)
        let trunks = self.trunks.take(plan.trunks)
        for warning in TrunkBook.warnings(plan.trunks) { self.log.say(warning, .yellow) }
        try self.loop.perform { exchange, now in
          exchange.install(plan)
          exchange.install(trunks, at: now)
        }.wait()
        self.trunks.lookUp()
      } catch {
        return self.refused("\(error)")
      }
      self.log.say("plan \(self.planFile) reloaded (\(result.counts))")
      if let refusal = self.certificates?.refusal {
        return .failure(Failure("plan and settings are reloaded, but not the certificate: \(refusal)"))
      }
      return .success("plan \(self.planFile) (\(result.counts)) and settings reloaded")
    }
  }

  /// Puts what the plan is into the audit trail.
  private func notePlan(by author: Author, isRestart: Bool = false) throws {
    let octets = FileManager.default.contents(atPath: self.planFile) ?? Data()
    try Administration(self.database, by: author).notePlan(self.planFile, [UInt8](octets), isRestart: isRestart)
  }

  private func refused(_ text: String) -> Result<String, Failure> {
    self.log.say(text, .red)
    return .failure(Failure(text))
  }

  /// Takes registrations with carriers back, so that no call is sent here while nobody is.
  private func leaveCarriers() {
    self.trunks.stop()
    try? self.loop.perform { $0.leaveCarriers(at: $1) }.wait()
    // A carrier that does not answer is not waited for.
    for _ in 0..<50 {
      guard (try? self.loop.perform { exchange, _ in exchange.isLeavingCarriers }.wait()) == true else { return }
      usleep(20_000)
    }
  }

  /// Stops in order: no further commands, no further calls, everything kept, files closed.
  func stop() {
    let server = self.control.withLock { $0.take() }
    try? server?.stop().wait()
    self.certificates?.stop()
    self.localTime.stop()
    self.leaveCarriers()
    try? self.loop.stop().wait()
    self.voice.stop()
    self.keeper.writer.stop()
    self.administration.sync {}
    do { try self.database.close() } catch { self.log.say("\(error)", .red) }
    try? self.group.syncShutdownGracefully()
  }
}
