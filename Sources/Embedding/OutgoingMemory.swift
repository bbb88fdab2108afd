internal import CStrowger
internal import ModuleBridge

/// Memory behind the pointers that the host reads: its own, reused from call to call, gone with the exchange.
final class OutgoingMemory {
  private var lasting: [String: UnsafeMutablePointer<CChar>] = [:]
  private var passing: [UnsafeMutablePointer<CChar>] = []
  private let diversions = GrowingMemory<strowger_diversion>()
  private let acts = GrowingMemory<strowger_act>()
  private let record = GrowingMemory<strowger_record>()
  private let key = GrowingMemory<UInt8>()
  private let row = GrowingMemory<UInt8>()
  private let description = GrowingMemory<CChar>()
  private let formats = GrowingMemory<strowger_format>()

  deinit {
    for text in self.lasting.values { text.deallocate() }
    for text in self.passing { text.deallocate() }
  }

  /// The same pointer for the same text, as long as the exchange lives.
  func lastingText(_ text: String) -> UnsafePointer<CChar> {
    if let known = self.lasting[text] { return UnsafePointer(known) }
    let copy = Self.copy(text)
    self.lasting[text] = copy
    return UnsafePointer(copy)
  }

  /// Valid until ``forget()``.
  func passingText(_ text: String) -> UnsafePointer<CChar> {
    let copy = Self.copy(text)
    self.passing.append(copy)
    return UnsafePointer(copy)
  }

  /// A sentence of the program itself, which stays where it is.
  func text(_ sentence: StaticString) -> UnsafePointer<CChar> {
    guard sentence.hasPointerRepresentation else { return self.lastingText("\(sentence)") }
    return UnsafeRawPointer(sentence.utf8Start).assumingMemoryBound(to: CChar.self)
  }

  /// What the last call gave out is no longer needed.
  func forget() {
    guard !self.passing.isEmpty else { return }
    for text in self.passing { text.deallocate() }
    self.passing.removeAll(keepingCapacity: true)
  }

  func keep(_ diversions: [strowger_diversion]) -> UnsafePointer<strowger_diversion> { self.diversions.keep(diversions) }
  func keep(_ acts: [strowger_act]) -> UnsafePointer<strowger_act> { self.acts.keep(acts) }
  func keep(_ record: strowger_record) -> UnsafePointer<strowger_record> { self.record.keep([record]) }
  func keep(key: [UInt8]) -> UnsafePointer<UInt8> { self.key.keep(key) }
  func keep(_ formats: [strowger_format]) -> UnsafePointer<strowger_format> { self.formats.keep(formats) }
  /// With a NUL behind it.
  func keep(description: [UInt8]) -> UnsafePointer<CChar> {
    self.description.keep(description.map { CChar(bitPattern: $0) } + [0])
  }
  func keep(row: [UInt8]) -> UnsafePointer<UInt8> { self.row.keep(row) }

  private static func copy(_ text: String) -> UnsafeMutablePointer<CChar> {
    let copy = UnsafeMutablePointer<CChar>.allocate(capacity: text.utf8.count + 1)
    var place = 0
    for octet in text.utf8 {
      copy[place] = CChar(bitPattern: octet)
      place += 1
    }
    copy[place] = 0
    return copy
  }
}

/// Room for the elements given last.
private final class GrowingMemory<Element: BitwiseCopyable> {
  private var elements = UnsafeMutablePointer<Element>.allocate(capacity: 8)
  private var capacity = 8

  deinit { self.elements.deallocate() }

  func keep(_ new: [Element]) -> UnsafePointer<Element> {
    if new.count > self.capacity {
      self.elements.deallocate()
      self.capacity = new.count
      self.elements = .allocate(capacity: new.count)
    }
    for index in new.indices { (self.elements + index).initialize(to: new[index]) }
    return UnsafePointer(self.elements)
  }
}
