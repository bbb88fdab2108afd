internal import CFuzzDriver
internal import Glibc

/// What is done with each input. libFuzzer calls a C function, which has no room for a closure of its own.
nonisolated(unsafe) private var exercise: ([UInt8]) -> Void = { _ in }

/// libFuzzer's library asks for this name when it is linked.
@_cdecl("LLVMFuzzerTestOneInput") public func testOneInput(_ octets: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  exercise(Array(UnsafeBufferPointer(start: octets, count: count)))
  return 0
}

/// Calls `body` with one input after the other until the time is over; a trap, a fault found by AddressSanitizer, or a broken
/// promise ends the process, and the input is kept.
public func fuzz(_ body: @escaping ([UInt8]) -> Void) {
  exercise = body
  var count = CommandLine.argc
  var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
  exit(LLVMFuzzerRunDriver(&count, &arguments, testOneInput))
}

/// What must hold whatever the octets were. Other than `precondition`, it says in an optimised build what was broken.
public func promise(_ isKept: Bool, _ words: @autoclosure () -> String) {
  if isKept { return }
  let line = "broken promise: \(words())\n"
  _ = write(2, line, line.utf8.count)
  abort()
}

/// Numbers and pieces out of an input, zero and empty where it has ended.
public struct Input {
  public private(set) var rest: ArraySlice<UInt8>

  public init(_ octets: [UInt8]) { self.rest = octets[...] }

  public var isEmpty: Bool { self.rest.isEmpty }

  public mutating func octet() -> UInt8 { self.rest.popFirst() ?? 0 }

  public mutating func number16() -> UInt16 { UInt16(self.octet()) << 8 | UInt16(self.octet()) }

  public mutating func take(_ count: Int) -> [UInt8] {
    defer { self.rest = self.rest.dropFirst(count) }
    return Array(self.rest.prefix(count))
  }

  /// Everything up to a line that holds only `%%` (taken too), or to the end: seeds stay readable that way.
  public mutating func section() -> [UInt8] {
    let mark: [UInt8] = [0x25, 0x25, 0x0a]
    var index = self.rest.startIndex
    while index + 3 <= self.rest.endIndex {
      if self.rest[index..<(index + 3)].elementsEqual(mark) {
        let section = Array(self.rest[..<index])
        self.rest = self.rest[(index + 3)...]
        return section
      }
      index += 1
    }
    defer { self.rest = [] }
    return Array(self.rest)
  }
}
