internal import Foundation
internal import GRDB
internal import Testing

@testable import Store

@Suite("Keeping facts")
struct WriterTests {
  let folder: Folder
  let database: Store.Database

  init() throws {
    folder = try Folder()
    database = try folder.open()
    for number in ["2001", "2002"] { try Administration(database, by: "test").addStation(number) }
  }

  @Test("REG-8, REG-9, CALL-10, FWD-1: what was kept comes back as it was")
  func roundTrip() throws {
    let writer = Writer(database, now: { noon })
    let odd: [UInt8] = [0x3C, 0xFF, 0x00, 0x80, 0x3E]
    let machine = MachineRow(name: MachineName(module: "CallForward", kind: "station", key: "2001"), version: 2, state: odd)
    let dialog = DialogRow(id: 41, call: 77, state: [])
    let answer = TransactionRow(id: 9, key: odd, response: Array("SIP/2.0 480 ...".utf8), expires: noon + .seconds(32))
    let call = CallRow(id: 17, handle: 0xFFFF_FFFF_0000_0001, state: odd)
    var numbered = record(0)
    let block = BlockRow(source: "192.0.2.66", until: noon + .seconds(300), reason: "5 failed registrations")
    let changes: [RowChange] = [
      .putBinding(binding(3, contact: odd)), .putBinding(binding(5, station: "2002", expires: noon)), .putMachine(machine),
      .putDialog(dialog), .putTransaction(answer), .addAccess(access()), .putCallRecord(numbered), .putCall(call),
      .putBlock(block),
      .setSetting(station: "2001", name: "forward-unreachable", value: "2002"),
    ]
    #expect(writer.keep(changes).code == nil)
    writer.stop()
    let snapshot = try database.load(now: noon)
    #expect(snapshot.bindings == [binding(3, contact: odd)])
    #expect(snapshot.machines == [machine])
    #expect(snapshot.dialogs == [dialog])
    #expect(snapshot.calls == [call])
    #expect(snapshot.transactions == [answer])
    #expect(snapshot.blocks == [block])
    #expect(snapshot.stations.first?["forward-unreachable"] == "2002")
    #expect(snapshot.lastSeen == ["2001": noon, "2002": noon])
    #expect([snapshot.nextBinding, snapshot.nextDialog, snapshot.nextTransaction, snapshot.nextCall] == [6, 42, 10, 18])
    let administration = Administration(database, by: "test")
    numbered.id = 1
    #expect(try administration.callRecords() == [numbered])
    #expect(try administration.callRecords(party: "2003").count == 1)
    #expect(try administration.callRecords(party: "2009").isEmpty)
    #expect(try administration.accessLog().map(\.source) == ["192.168.1.31:5062"])
    #expect(try administration.registrations(now: noon).map(\.id) == [3])
  }

  @Test("What is put again replaces, what is removed is gone")
  func replaceAndRemove() throws {
    let writer = Writer(database, now: { noon })
    let key = MachineName(module: "DoNotDisturb", kind: "station", key: "2001")
    var refreshed = binding(3)
    refreshed.cseq = 8
    refreshed.registered = noon + .seconds(60)
    #expect(
      writer.keep([
        .putBinding(binding(3)), .putMachine(MachineRow(name: key, version: 1, state: [1])),
        .putDialog(DialogRow(id: 1, call: 1, state: [1])),
      ]).code == nil)
    #expect(
      writer.keep([
        .putBinding(refreshed), .putMachine(MachineRow(name: key, version: 1, state: [2])),
        .putDialog(DialogRow(id: 1, call: 1, state: [2])),
      ]).code == nil)
    var snapshot = try database.load(now: noon)
    #expect(snapshot.bindings == [refreshed])
    #expect(snapshot.machines.map(\.state) == [[2]] && snapshot.dialogs.map(\.state) == [[2]])
    #expect(
      writer.keep([.removeBinding(id: 3), .removeMachine(key), .removeDialog(id: 1), .removeBlock(source: "192.0.2.1")]).code
        == nil)
    snapshot = try database.load(now: noon)
    #expect(snapshot.bindings.isEmpty && snapshot.machines.isEmpty && snapshot.dialogs.isEmpty)
    #expect(snapshot.lastSeen == ["2001": noon + .seconds(60)], "REG-10: last seen outlives the registration")
    writer.stop()
  }

  @Test("Batches are answered in the order in which they came, many to a commit, and stop keeps what was taken")
  func order() throws {
    let order = Box<[Int]>([])
    let writer = Writer(database, now: { noon })
    for number in 0..<2000 {
      try writer.submit([.putDialog(DialogRow(id: Int64(number + 1), call: 1, state: [1, 2, 3]))]) { result in
        if result.code == nil { order.update { $0.append(number) } }
      }
    }
    writer.stop()
    #expect(order.value == Array(0..<2000))
    #expect(writer.measures.batches == 2000 && writer.measures.depth == 0 && writer.measures.failures == 0)
    #expect(writer.measures.commits < 200)
    #expect(writer.measures.slowest > .zero)
    #expect(try database.number("SELECT count(*) FROM dialog") == 2000)
    #expect(code { try writer.submit([]) } == .stopped)
    writer.stop()
  }

  @Test("Numbered batches are told once a transaction")
  func tokens() throws {
    let outcomes = Box<[UInt64]>([])
    let calls = Box(0)
    let writer = Writer(
      database,
      outcomes: { group in
        calls.update { $0 += 1 }
        outcomes.update { $0 += group.filter { $0.error == nil }.map(\.token) }
      }, now: { noon })
    for token in 0..<500 as Range<UInt64> { try writer.submit([.addAccess(access())], token: token) }
    writer.stop()
    #expect(outcomes.value == Array(0..<500))
    #expect(calls.value == writer.measures.commits)
  }

  @Test("REG-9: one bad batch fails alone and whole; those before and after it are kept")
  func isolation() throws {
    let results = Box<[Int: StoreError.Code?]>([:])
    let writer = Writer(database, now: { noon })
    for number in 0..<50 {
      // Number 20 has a good change before one for a station that does not exist; number 30 breaks a CHECK.
      var batch: [RowChange] = [.addAccess(access("\(number)"))]
      if number == 20 { batch.append(.putBinding(binding(20, station: "9999"))) }
      if number == 30 { batch.append(.putBinding(binding(-30))) }
      try writer.submit(batch) { result in results.update { $0[number] = .some(result.code) } }
    }
    writer.stop()
    #expect(results.value.count == 50)
    #expect(results.value.filter { $0.value != nil }.map(\.key).sorted() == [20, 30])
    #expect(results.value[20] == .constraint && results.value[30] == .constraint)
    #expect(writer.measures.failures == 2)
    #expect(try database.number("SELECT count(*) FROM access_log") == 48)
  }

  @Test(
    "The database itself refuses rows that make no sense",
    arguments: [
      .putBinding(binding(1, contact: [])), .putBinding(binding(0)), .putDialog(DialogRow(id: 0, call: 1, state: [])),
      .putBlock(BlockRow(source: "", until: noon, reason: "")), .setSetting(station: "9999", name: "srtp", value: "off"),
      .setSetting(station: "2001", name: "", value: "off"),
      .putMachine(MachineRow(name: MachineName(module: "", kind: "call", key: "1"), version: 1, state: [])),
    ] as [RowChange])
  func constraints(change: RowChange) {
    let writer = Writer(database, now: { noon })
    #expect(writer.keep([change]).code == .constraint)
    writer.stop()
  }

  @Test("RELIABILITY 49: a full disk fails what does not fit, keeps the rest, and work goes on when there is room")
  func diskFull() throws {
    let pages = try database.number("PRAGMA page_count")
    try limit(pages: pages + 4)
    let writer = Writer(database, now: { noon })
    let large = RowChange.putDialog(DialogRow(id: 1, call: 1, state: [UInt8](repeating: 7, count: 100_000)))
    let results = Box<[String: StoreError.Code?]>([:])
    try writer.submit([.putBlock(BlockRow(source: "192.0.2.1", until: noon, reason: ""))]) { result in
      results.update { $0["before"] = .some(result.code) }
    }
    try writer.submit([large]) { result in results.update { $0["large"] = .some(result.code) } }
    try writer.submit([.putBlock(BlockRow(source: "192.0.2.2", until: noon, reason: ""))]) { result in
      results.update { $0["after"] = .some(result.code) }
    }
    #expect(writer.keep([.removeBlock(source: "none")]).code == nil)
    #expect(results.value == ["before": nil, "large": .diskFull, "after": nil])
    try limit(pages: pages + 4000)
    #expect(writer.keep([large]).code == nil)
    writer.stop()
    #expect(writer.measures.failures == 1)
    try database.integrityCheck()
  }

  private func limit(pages: Int) throws {
    try database.pool.writeWithoutTransaction { _ = try Int.fetchOne($0, sql: "PRAGMA max_page_count = \(pages)") }
  }

  @Test("RELIABILITY 49: a locked database fails batches after the wait, without losing their order, and then recovers")
  func locked() throws {
    try database.close()
    let database = try folder.open(busyTimeout: .milliseconds(200))
    let writer = Writer(database, now: { noon })
    #expect(writer.keep([.addAccess(access())]).code == nil)
    let other = try folder.locked()
    let results = Box<[StoreError.Code?]>([])
    for _ in 0..<3 { try writer.submit([.addAccess(access())]) { result in results.update { $0.append(result.code) } } }
    usleep(20_000)
    #expect(writer.measures.depth == 3 && writer.measures.oldestWaiting > .milliseconds(5))
    #expect(writer.keep([.addAccess(access())]).code == .locked)
    #expect(results.value == [.locked, .locked, .locked])
    let error = failure { try Administration(database, by: "test").setOption("call.ring-time", to: "60") }
    #expect(error?.code == .locked)
    try other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
    #expect(writer.keep([.addAccess(access())]).code == nil)
    writer.stop()
    #expect(try database.number("SELECT count(*) FROM access_log") == 2)
  }

  @Test("A short lock is waited for")
  func shortLock() throws {
    let writer = Writer(database, now: { noon })
    let other = try folder.locked()
    let result = Box<StoreError.Code?>(.other)
    let done = DispatchSemaphore(value: 0)
    try writer.submit([.addAccess(access())]) { outcome in
      result.value = outcome.code
      done.signal()
    }
    usleep(100_000)
    try other.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
    done.wait()
    #expect(result.value == nil)
    writer.stop()
  }

  @Test("A queue that the disk does not empty refuses more rather than grow")
  func bounded() throws {
    let writer = Writer(database, capacity: 10, now: { noon })
    let gate = DispatchSemaphore(value: 0)
    let blocked = DispatchSemaphore(value: 0)
    try writer.submit([.addAccess(access())]) { _ in
      blocked.signal()
      gate.wait()
    }
    blocked.wait()
    var refusals = 0
    for _ in 0..<20 where code({ try writer.submit([.addAccess(access())]) }) == .queueFull { refusals += 1 }
    gate.signal()
    writer.stop()
    #expect(refusals == 10)
    #expect(writer.measures.refused == refusals)
    #expect(try database.number("SELECT count(*) FROM access_log") == 11)
  }

  @Test("Batches from many threads are all kept")
  func threads() throws {
    let writer = Writer(database, now: { noon })
    let kept = Box(0)
    DispatchQueue.concurrentPerform(iterations: 8) { thread in
      for number in 0..<250 {
        try? writer.submit([.putDialog(DialogRow(id: Int64(thread * 1000 + number + 1), call: 1, state: [0]))]) { result in
          if result.code == nil { kept.update { $0 += 1 } }
        }
      }
    }
    writer.stop()
    #expect(kept.value == 2000)
    #expect(try database.number("SELECT count(*) FROM dialog") == 2000)
  }

  @Test("REG-9, CALL-10: the logs stay within their limits; the newest rows are kept")
  func pruning() throws {
    let administration = Administration(database, by: "test")
    try administration.setOption("log.access-limit", to: "1000")
    try administration.setOption("log.call-limit", to: "100")
    let writer = Writer(database)
    for number in 1...4000 as ClosedRange<Int64> {
      try writer.submit([.addAccess(access("\(number)")), .putCallRecord(record(number))])
      if number % 500 == 0 { #expect(writer.keep([]).code == nil) }
    }
    try writer.submit([.putTransaction(TransactionRow(id: 1, key: [1], response: [1], expires: noon))])
    for _ in 0..<200 where try database.number("SELECT count(*) FROM access_log") > 1000 { usleep(10_000) }
    writer.stop()
    #expect(try database.number("SELECT count(*) FROM access_log") <= 1000 + 1024)
    let second = Writer(database)
    for _ in 0..<300 where try database.number("SELECT count(*) FROM access_log") > 1000 { usleep(10_000) }
    #expect(try database.number("SELECT count(*) FROM access_log") == 1000)
    #expect(try database.number("SELECT count(*) FROM cdr") == 100)
    #expect(try database.number("SELECT count(*) FROM answered") == 0)
    #expect(try administration.accessLog(limit: 1).first?.number == "4000")
    #expect(try administration.callRecords(limit: 1).first?.id == 4000)
    second.stop()
  }

  @Test("Promise of rule 7: what was answered before kill -9 is there afterwards, whole")
  func killed() async throws {
    setenv("STROWGER_TEST_FOLDER", folder.path, 1)
    await #expect(processExitsWith: .signal(SIGKILL)) {
      let path = String(cString: getenv("STROWGER_TEST_FOLDER"))
      let writer = Writer(try Store.Database.open(path + "/exchange.sqlite"))
      let answered = open(path + "/answered", O_WRONLY | O_CREAT | O_APPEND, 0o600)
      for id in 1...100_000 as ClosedRange<Int64> {
        try writer.submit([.putDialog(DialogRow(id: id, call: id, state: [1])), .putCallRecord(record(id))]) { result in
          guard result.code == nil else { return }
          write(answered, "x", 1)
          if id == 1500 { kill(getpid(), SIGKILL) }
        }
        if id % 50 == 0 { usleep(1000) }
      }
    }
    let answered = try folder.read("answered").count
    #expect(answered == 1500)
    let reopened = try folder.open()
    try reopened.integrityCheck()
    let dialogs = try reopened.number("SELECT count(*) FROM dialog")
    #expect(dialogs >= answered)
    #expect(try reopened.number("SELECT count(*) FROM cdr") == dialogs)
    #expect(try reopened.number("SELECT max(id) FROM dialog") == dialogs)
  }
}
