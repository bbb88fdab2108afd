internal import Foundation
internal import GRDB
internal import Testing

@testable import Store

/// A folder of its own for one test, removed at its end, with a database in it.
final class Folder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "strowger-store-\(getpid())-\(UInt64.random(in: .min ... .max))"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  var database: String { path + "/exchange.sqlite" }

  func open(busyTimeout: Duration = .seconds(5)) throws -> Store.Database {
    try Store.Database.open(database, busyTimeout: busyTimeout)
  }

  /// A connection of another program that has begun to write.
  func locked() throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.allowsUnsafeTransactions = true
    configuration.busyMode = .timeout(5)
    let other = try DatabaseQueue(path: database, configuration: configuration)
    try other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
    return other
  }

  func write(_ text: String, to name: String, mode: mode_t = 0o600) throws -> String {
    let file = path + "/" + name
    try Data(text.utf8).write(to: URL(fileURLWithPath: file))
    chmod(file, mode)
    return file
  }

  func read(_ name: String) throws -> [UInt8] {
    try [UInt8](Data(contentsOf: URL(fileURLWithPath: path + "/" + name)))
  }

  func mode(_ name: String) -> mode_t {
    var facts = stat()
    return stat(path + "/" + name, &facts) == 0 ? facts.st_mode & 0o777 : 0
  }
}

extension Store.Database {
  func execute(_ sql: String) throws(StoreError) {
    try write { connection in try connection.execute(sql: sql) }
  }

  func number(_ sql: String) throws(StoreError) -> Int {
    try read { connection in try Int.fetchOne(connection, sql: sql) ?? -1 }
  }
}

extension Writer {
  /// Submits and waits for the end.
  func keep(_ batch: [RowChange]) -> Result<Void, StoreError> {
    let done = DispatchSemaphore(value: 0)
    let result = Box<Result<Void, StoreError>>(.success(()))
    do {
      try submit(batch) { outcome in
        result.value = outcome
        done.signal()
      }
    } catch {
      return .failure(error)
    }
    done.wait()
    return result.value
  }
}

extension Result where Success == Void, Failure == StoreError {
  var code: StoreError.Code? {
    if case .failure(let error) = self { error.code } else { nil }
  }
}

/// A value that threads share. The lock makes it Sendable.
final class Box<Value: Sendable>: @unchecked Sendable {
  private let lock = NSLock()
  private var stored: Value

  init(_ value: Value) {
    stored = value
  }

  var value: Value {
    get { lock.withLock { stored } }
    set { lock.withLock { stored = newValue } }
  }

  func update(_ body: (inout Value) -> Void) {
    lock.withLock { body(&stored) }
  }
}

func code(_ body: () throws -> Void) -> StoreError.Code? {
  do {
    try body()
    return nil
  } catch {
    return (error as? StoreError)?.code
  }
}

func failure(_ body: () throws -> Void) -> StoreError? {
  do {
    try body()
    return nil
  } catch {
    return error as? StoreError
  }
}

let noon = Moment(milliseconds: 1_760_000_000_000)

func binding(_ id: Int64, station: String = "2001", expires: Moment = noon + .seconds(600), contact: [UInt8]? = nil) -> BindingRow
{
  BindingRow(
    id: id, station: station, contact: contact ?? Array("sip:\(station)@192.168.1.31:5062".utf8), sourceAddress: "192.168.1.31",
    sourcePort: 5062, transport: "udp", listener: "udp:0.0.0.0:5060", userAgent: "Yealink SIP-T46U",
    callID: Array("abc@192.168.1.31".utf8), cseq: 7, q: 800, instance: Array("<urn:uuid:1>".utf8), registrationID: 1,
    path: Array("<sip:edge;lr>".utf8), expires: expires, registered: noon)
}

func record(_ id: Int64) -> CallRecordRow {
  CallRecordRow(
    id: id, caller: "2001", dialled: "2002", answeredBy: "2003", features: ["DoNotDisturb: off", "CallForward: all to 2003"],
    start: noon, answer: noon + .seconds(3), end: noon + .seconds(25), cause: "normal", authorisation: "night shift",
    mediaPath: "direct")
}

func access(_ number: String = "2001", outcome: String = "accepted") -> AccessLogRow {
  AccessLogRow(time: noon, source: "192.168.1.31:5062", number: number, userAgent: "T46U", outcome: outcome, reason: "")
}
