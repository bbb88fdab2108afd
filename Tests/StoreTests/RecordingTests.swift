internal import Foundation
internal import Testing

@testable import Store

@Suite("Messages on the disk")
struct RecordingTests {
  let folder: Folder
  let database: Store.Database
  private let voice = Array("RIFF....WAVE what was said".utf8)

  init() throws {
    folder = try Folder()
    database = try folder.open()
  }

  private func recordings(encrypted: Bool = true, space: Int64 = 1_000_000) throws(StoreError) -> RecordingFolder {
    try RecordingFolder(
      database: database.path, secrets: database.secrets, isEncrypted: encrypted, maximumOctets: space)
  }

  private var entries: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: database.path + ".recordings")) ?? []).sorted()
  }

  private func path(_ name: String) -> String { database.path + ".recordings/" + name }

  @Test(
    "MWI-2: a message comes back as it was said; nobody else may look, and what is sealed cannot be read",
    arguments: [true, false])
  func roundTrip(isEncrypted: Bool) throws {
    let recordings = try recordings(encrypted: isEncrypted)
    try recordings.save(17, voice)
    try recordings.save(4_294_967_295, [])
    #expect(try recordings.load(17) == voice)
    #expect(try recordings.load(4_294_967_295) == [])
    #expect(try recordings.numbers() == [17, 4_294_967_295])
    let name = isEncrypted ? "17.wav.sealed" : "17.wav"
    #expect(entries == ["\(isEncrypted ? "4294967295.wav.sealed" : "4294967295.wav")", name].sorted())
    #expect(folder.mode("exchange.sqlite.recordings") == 0o700)
    #expect(folder.mode("exchange.sqlite.recordings/" + name) == 0o600)
    let kept = try folder.read("exchange.sqlite.recordings/" + name)
    #expect(isEncrypted ? !kept.starts(with: Array("RIFF".utf8)) && kept.count == voice.count + 28 : kept == voice)
    recordings.remove(17)
    recordings.remove(17)
    recordings.remove(4_294_967_295)
    #expect(entries.isEmpty && recordings.usedOctets == 0)
    #expect(code { _ = try recordings.load(17) } == .missingFile)
  }

  @Test("MWI-2: the option may change: what is there is read either way, what is saved anew replaces it")
  func changedOption() throws {
    let recordings = try recordings(encrypted: false)
    try recordings.save(1, voice)
    recordings.configure(isEncrypted: true, maximumOctets: 1_000_000)
    #expect(try recordings.load(1) == voice)
    try recordings.save(1, voice + voice)
    #expect(entries == ["1.wav.sealed"])
    #expect(try recordings.load(1) == voice + voice)
    #expect(recordings.usedOctets == Int64(2 * voice.count + 28))
    #expect(try self.recordings().usedOctets == recordings.usedOctets)
  }

  @Test("MWI-2: a message that was changed, exchanged for another or sealed under another key is not played")
  func tampered() throws {
    let recordings = try recordings()
    try recordings.save(1, voice)
    try recordings.save(2, voice)
    var octets = try folder.read("exchange.sqlite.recordings/1.wav.sealed")
    octets[20] ^= 1
    try Data(octets).write(to: URL(fileURLWithPath: path("1.wav.sealed")))
    #expect(code { _ = try recordings.load(1) } == .tampered)
    #expect(rename(path("2.wav.sealed"), path("1.wav.sealed")) == 0)
    #expect(code { _ = try recordings.load(1) } == .tampered)
    for length in [0, 1, 27] {
      try Data(octets.prefix(length)).write(to: URL(fileURLWithPath: path("3.wav.sealed")))
      #expect(code { _ = try recordings.load(3) } == .tampered)
    }
    let other = try RecordingFolder(
      database: database.path, secrets: Secrets(key: .random()), isEncrypted: true, maximumOctets: 1_000_000)
    try recordings.save(4, voice)
    #expect(code { _ = try other.load(4) } == .tampered)
  }

  @Test("MWI-2: messages take no more room than they may; what is deleted makes room again")
  func space() throws {
    let recordings = try recordings(encrypted: false, space: 100)
    try recordings.save(1, [UInt8](repeating: 1, count: 60))
    let refused = failure { try recordings.save(2, [UInt8](repeating: 2, count: 41)) }
    #expect(refused?.code == .diskFull && refused?.mend.contains("voicemail.space") == true)
    #expect(entries == ["1.wav"] && recordings.freeOctets == 40)
    try recordings.save(2, [UInt8](repeating: 2, count: 40))
    #expect(code { try recordings.save(2, [UInt8](repeating: 2, count: 41)) } == .diskFull)
    #expect(try recordings.load(2).count == 40, "what was there stays")
    recordings.remove(1)
    try recordings.save(3, [UInt8](repeating: 3, count: 60))
    #expect(recordings.freeOctets == 0)
    #expect(code { try recordings.save(4, [UInt8](repeating: 0, count: RecordingFolder.longest + 1)) } == .invalidValue)
  }

  @Test("MWI-2: a full disk is an error, not a crash, and leaves no half file")
  func fullDisk() async {
    await #expect(processExitsWith: .success) {
      let folder = try Folder()
      let secrets = Secrets(key: .random())
      let recordings = try RecordingFolder(
        database: folder.database, secrets: secrets, isEncrypted: true, maximumOctets: 1_000_000_000)
      try recordings.save(1, [1, 2, 3])
      // What the service does too: the signal of a file that may not grow would end the process.
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 10_000, rlim_max: 10_000)
      try #require(setrlimit(__rlimit_resource_t(1), &limit) == 0)
      #expect(code { try recordings.save(2, [UInt8](repeating: 0, count: 100_000)) } == .diskFull)
      #expect(code { try recordings.save(1, [UInt8](repeating: 0, count: 100_000)) } == .diskFull)
      #expect(try recordings.load(1) == [1, 2, 3])
      #expect(recordings.usedOctets == 31)
      let left = try FileManager.default.contentsOfDirectory(atPath: recordings.path)
      #expect(left == ["1.wav.sealed"])
      try recordings.save(2, [4, 5, 6])
      #expect(try recordings.numbers() == [1, 2])
    }
  }

  @Test("MWI-2: links, pipes, folders and strange names in the folder are neither read nor followed nor counted")
  func hostileFolder() throws {
    let recordings = try recordings()
    try recordings.save(1, voice)
    let secret = try folder.write("secret", to: "secret")
    #expect(symlink(secret, path("2.wav")) == 0)
    #expect(symlink(secret, path("3.draft")) == 0)
    #expect(mkfifo(path("4.wav"), 0o600) == 0)
    #expect(mkdir(path("5.wav"), 0o700) == 0)
    for name in ["6.WAV", "07.wav", "-8.wav", "99999999999.wav", "+9.wav", ".wav", "10.wav.sealed.bak", "11 .wav", "readme"] {
      try Data([1]).write(to: URL(fileURLWithPath: path(name)))
    }
    for number in [2, 4, 5, 7, 9] as [UInt32] { #expect(code { _ = try recordings.load(number) } == .missingFile) }
    try recordings.save(2, voice)
    try recordings.save(3, voice)
    #expect(try recordings.load(2) == voice && recordings.load(3) == voice)
    #expect(try folder.read("secret") == Array("secret".utf8))
    #expect(try self.recordings().usedOctets == Int64(3 * (voice.count + 28)))
    try recordings.save(5, voice)
  }

  @Test("MWI-2: a folder that is a link, a file or open to others is not trusted")
  func hostilePlace() throws {
    let place = database.path + ".recordings"
    #expect(symlink("/tmp", place) == 0)
    #expect(code { _ = try recordings() } == .notWritable)
    unlink(place)
    try Data([1]).write(to: URL(fileURLWithPath: place))
    #expect(code { _ = try recordings() } == .notWritable)
    unlink(place)
    mkdir(place, 0o777)
    chmod(place, 0o777)
    _ = try recordings()
    #expect(folder.mode("exchange.sqlite.recordings") == 0o700)
  }

  @Test("MWI-2: at the start rows and files are made to agree")
  func mending() throws {
    let recordings = try recordings()
    let writer = Writer(database, now: { noon })
    let rows = [1, 2, 3].map { RecordingRow(number: $0, owner: "2001", caller: "2002", time: noon, length: 5000) }
    #expect(writer.keep(rows.map { .putRecording($0) }).code == nil)
    for number in [2, 3, 4] as [UInt32] { try recordings.save(number, voice) }
    try Data([1]).write(to: URL(fileURLWithPath: path("9.draft")))
    try Data([1]).write(to: URL(fileURLWithPath: path("notes.txt")))
    var snapshot = try database.load(now: noon)
    #expect(snapshot.recordings == rows)
    #expect(snapshot.mend(recordings) == [.removeRecording(number: 1)])
    #expect(snapshot.recordings == Array(rows.dropFirst()))
    #expect(entries == ["2.wav.sealed", "3.wav.sealed", "notes.txt"])
    #expect(recordings.usedOctets == Int64(2 * (voice.count + 28)))
    #expect(snapshot.mend(recordings).isEmpty)
    writer.stop()
  }

  @Test("MWI-2: a folder that cannot be read at the start costs no message")
  func unreadable() async {
    await #expect(processExitsWith: .success) {
      let folder = try Folder()
      let database = try folder.open()
      let recordings = try RecordingFolder(
        database: database.path, secrets: database.secrets, isEncrypted: true, maximumOctets: 1_000_000)
      let writer = Writer(database, now: { noon })
      let row = RecordingRow(number: 1, owner: "2001", caller: "2002", time: noon, length: 5000)
      #expect(writer.keep([.putRecording(row)]).code == nil)
      writer.stop()
      try recordings.save(1, [1])
      var snapshot = try database.load(now: noon)
      var limit = rlimit()
      try #require(getrlimit(__rlimit_resource_t(7), &limit) == 0)
      var none = rlimit(rlim_cur: 0, rlim_max: limit.rlim_max)
      try #require(setrlimit(__rlimit_resource_t(7), &none) == 0)
      let changes = snapshot.mend(recordings)
      try #require(setrlimit(__rlimit_resource_t(7), &limit) == 0)
      #expect(changes.isEmpty && snapshot.recordings == [row])
      #expect(try recordings.load(1) == [1])
    }
  }

  @Test("MWI-2: a message is kept, heard and deleted as a row; it goes with its station")
  func rows() throws {
    let administration = Administration(database, by: "test")
    try administration.addStation("2001")
    let writer = Writer(database, now: { noon })
    var row = RecordingRow(number: 4_294_967_295, owner: "2001", caller: "", time: noon, length: 1000)
    let other = RecordingRow(number: 2, owner: "2002", caller: "0301234", time: noon, length: 0, isNew: false)
    #expect(writer.keep([.putRecording(row), .putRecording(other)]).code == nil)
    #expect(try database.load(now: noon).recordings == [other, row])
    row.isNew = false
    #expect(writer.keep([.putRecording(row), .removeRecording(number: 2), .removeRecording(number: 5)]).code == nil)
    #expect(try database.load(now: noon).recordings == [row])
    #expect(
      writer.keep([.putRecording(RecordingRow(number: 0, owner: "2001", caller: "", time: noon, length: 1))]).code == .constraint)
    try administration.removeStation("2001")
    #expect(try database.load(now: noon).recordings.isEmpty)
    writer.stop()
  }

  @Test("The media server is the exchange's own or an rtpengine at an address")
  func mediaServer() throws {
    let option = try #require(OptionCatalog.named("media.server"))
    for (value, host, port) in [
      ("rtpengine:127.0.0.1:2223", "127.0.0.1", 2223), ("rtpengine:[::1]:1", "::1", 1),
      ("rtpengine:media.example:65535", "media.example", 65535),
    ] as [(String, String, UInt16)] {
      #expect(try option.check(value) == value)
      let found = SystemOptions(changed: ["media.server": value]).mediaServer
      #expect(found?.host == host && found?.port == port)
    }
    #expect(try option.check("internal") == "internal")
    #expect(SystemOptions().mediaServer == nil)
    for value in [
      "", "rtpengine", "rtpengine:", "rtpengine::", "rtpengine:host", "rtpengine:host:", "rtpengine:host:0",
      "rtpengine:host:65536",
      "rtpengine:ho st:1", "rtpengine:[::1]", "rtpengine:[host]:1", "rtpengine:::1:1", "Internal", "rtpengine:[::1/64]:1",
    ] {
      #expect(code { _ = try option.check(value) } == .invalidValue, "\(value)")
    }
  }
}
