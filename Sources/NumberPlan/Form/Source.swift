internal import CXMLShims
internal import Kernel

/// The octets of a plan, and where in them a line and column is.
struct Source {
  let bytes: [UInt8]
  /// Where each 256th octet stands, so that a position costs the same anywhere, in a file of one long line too.
  private let marks: [Plan.Position]

  private static let stride = 256

  init(_ bytes: [UInt8]) {
    // A mark of octet order says nothing in UTF-8 and is no column.
    self.bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
    var marks: [Plan.Position] = []
    marks.reserveCapacity(self.bytes.count / Self.stride + 1)
    var place = Plan.Position(line: 1, column: 1)
    self.bytes.withUnsafeBytes { buffer in
      var start = 0
      while start <= buffer.count {
        marks.append(place)
        Self.advance(&place, through: buffer, start..<min(start + Self.stride, buffer.count))
        start += Self.stride
      }
    }
    self.marks = marks
  }

  func position(_ offset: Int) -> Plan.Position {
    let offset = max(0, min(offset, self.bytes.count))
    let mark = offset / Self.stride
    var place = self.marks[mark]
    self.bytes.withUnsafeBytes { Self.advance(&place, through: $0, mark * Self.stride..<offset) }
    return place
  }

  /// Where attribute `name` of the start tag at `offset` begins; the tag's own place if it has none of that name.
  func position(ofAttribute name: String, inTagAt offset: Int) -> Plan.Position {
    let name = Array(name.utf8)
    var index = offset
    var quote: UInt8 = 0
    var atNameStart = false
    while index >= 0, index < self.bytes.count {
      let octet = self.bytes[index]
      if quote != 0 {
        if octet == quote { quote = 0 }
      } else if octet == 0x22 || octet == 0x27 {
        quote = octet
      } else if octet == 0x3E {
        break
      } else if Self.isSpace(octet) {
        atNameStart = true
      } else {
        if atNameStart, self.bytes[index...].starts(with: name) {
          let next = index + name.count
          if next < self.bytes.count, self.bytes[next] == 0x3D || Self.isSpace(self.bytes[next]) { return self.position(index) }
        }
        atNameStart = false
      }
      index += 1
    }
    return self.position(offset)
  }

  static func isSpace(_ octet: UInt8) -> Bool { octet == 0x20 || octet == 0x0A || octet == 0x0D || octet == 0x09 }

  private static func advance(_ place: inout Plan.Position, through bytes: UnsafeRawBufferPointer, _ range: Range<Int>) {
    guard let base = bytes.baseAddress, !range.isEmpty else { return }
    strowger_xml_advance(base + range.lowerBound, range.count, &place.line, &place.column)
  }
}
