import Glibc
import NIOCore
import NIOPosix
import Testing
import Transport

@Suite("Control socket") struct ControlTests {
  private let group = MultiThreadedEventLoopGroup.singleton
  /// Where a blocking client may block: on the tests' own threads the server's handlers run too.
  private static let threads: NIOThreadPool = {
    let threads = NIOThreadPool(numberOfThreads: 4)
    threads.start()
    return threads
  }()

  private func ask(_ path: String, _ request: [UInt8]) async throws -> [UInt8] {
    // Patient: the server's handlers wait for a thread behind every test that computes for a minute.
    try await Self.threads.runIfActive { try ControlClient.ask(path: path, request, timeout: 600) }
  }

  /// A folder of its own for each test.
  private func folder(_ suffix: String = "") -> String {
    var template = Array("/tmp/strowger-control-XXXXXX".utf8CString)
    _ = mkdtemp(&template)
    let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self) + suffix
    if !suffix.isEmpty { mkdir(folder, 0o700) }
    return folder
  }

  private func echo(_ path: String) throws -> ControlServer {
    try ControlServer(path: path, eventLoop: self.group.next()) { request in Array("got ".utf8) + request }
  }

  @Test("A command asks, the exchange answers; the socket is the user's alone")
  func asks() async throws {
    let path = self.folder() + "/control"
    let server = try self.echo(path)
    #expect(try await self.ask(path, Array("{}".utf8)) == Array("got {}".utf8))
    let long = [UInt8](repeating: 0x41, count: 1 << 20)
    #expect(try await self.ask(path, long).count == long.count + 4)
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
    try await server.stop().get()
    await #expect(throws: TransportError(.notRunning, at: "", "")) { try await self.ask(path, []) }
  }

  @Test("Without an exchange the command says so")
  func notRunning() async {
    await #expect(throws: TransportError(.notRunning, at: "", "")) { try await self.ask("/tmp/strowger-none/control", []) }
  }

  @Test("A second exchange on the database is refused, and the first goes on")
  func second() async throws {
    let path = self.folder() + "/control"
    let server = try self.echo(path)
    #expect(throws: TransportError(.alreadyRunning, at: "", "")) { _ = try self.echo(path) }
    #expect(try await self.ask(path, [0x31]) == Array("got 1".utf8))
    try await server.stop().get()
  }

  @Test("The socket of a process that died is replaced; a file that is none is left alone")
  func stale() async throws {
    let path = self.folder() + "/control"
    let dead = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    #expect(try ControlPath.with(path) { bind(dead, $0, $1) } == 0)
    close(dead)
    await #expect(throws: TransportError(.notRunning, at: "", "")) { try await self.ask(path, []) }
    let server = try self.echo(path)
    #expect(try await self.ask(path, [0x31]) == Array("got 1".utf8))
    try await server.stop().get()
    close(open(path, O_CREAT | O_WRONLY, 0o600))
    #expect(throws: TransportError(.system, at: "", "")) { _ = try self.echo(path) }
    #expect(access(path, F_OK) == 0)
  }

  @Test("A database may lie deeper than a socket's address is long")
  func longPath() async throws {
    let path = self.folder("/" + String(repeating: "x", count: 150)) + "/control"
    let server = try self.echo(path)
    #expect(try await self.ask(path, [0x31]) == Array("got 1".utf8))
    try await server.stop().get()
  }

  @Test("A line of more than a mebibyte closes the connection; others are served")
  func tooLong() async throws {
    let path = self.folder() + "/control"
    let server = try self.echo(path)
    await #expect(throws: TransportError(.noAnswer, at: "", "")) {
      try await self.ask(path, [UInt8](repeating: 0x41, count: 3 << 20))
    }
    #expect(try await self.ask(path, [0x31]) == Array("got 1".utf8))
    try await server.stop().get()
  }

  @Test("Lines sent together are answered one after the other")
  func pipelined() async throws {
    let path = self.folder() + "/control"
    let server = try self.echo(path)
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    #expect(try ControlPath.with(path) { connect(descriptor, $0, $1) } == 0)
    let lines = Array("a\nb\nc\n".utf8)
    #expect(write(descriptor, lines, lines.count) == lines.count)
    let answer = try await Self.threads.runIfActive {
      var answer: [UInt8] = []
      while answer.count < 18 {
        var piece = [UInt8](repeating: 0, count: 100)
        let count = read(descriptor, &piece, piece.count)
        if count <= 0 { break }
        answer += piece[..<count]
      }
      return answer
    }
    #expect(answer == Array("got a\ngot b\ngot c\n".utf8))
    try await server.stop().get()
  }
}
