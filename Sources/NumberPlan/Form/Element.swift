internal import CXML
internal import CXMLShims
internal import Kernel

/// An element of a ``Document``, good while that lives.
struct Element {
  static let namespace: StaticString = "urn:strowger:number-plan:1"

  private let node: xmlNodePtr

  init(_ node: xmlNodePtr) { self.node = node }

  /// Where its start tag begins.
  var offset: Int { strowger_xml_offset(self.node) }

  var name: String { self.node.pointee.name.map { String(cString: $0) } ?? "" }

  /// Whether it is our element of that name.
  func isNamed(_ name: StaticString) -> Bool {
    Self.equal(self.node.pointee.name, name) && Self.equal(self.node.pointee.ns?.pointee.href, Self.namespace)
  }

  /// Takes it out of the document and ends it.
  func remove() {
    xmlUnlinkNode(self.node)
    xmlFreeNode(self.node)
  }

  /// Its elements, in order.
  var children: Children { Children(following: self.node.pointee.children) }

  struct Children: Sequence, IteratorProtocol {
    fileprivate var following: xmlNodePtr?

    mutating func next() -> Element? {
      while let node = self.following {
        self.following = node.pointee.next
        if node.pointee.type == XML_ELEMENT_NODE { return Element(node) }
      }
      return nil
    }
  }

  struct Attribute {
    var name: String
    var value: String
  }

  /// Those in no namespace, in order.
  var attributes: [Attribute] {
    var result: [Attribute] = []
    var next = self.node.pointee.properties
    while let attribute = next {
      if attribute.pointee.ns == nil, let name = attribute.pointee.name {
        let value = Self.octets(attribute.pointee.children)
        result.append(Attribute(name: String(cString: name), value: String(decoding: value, as: UTF8.self)))
      }
      next = attribute.pointee.next
    }
    return result
  }

  /// The octets of attribute `name`, without a copy; nil if it is not there.
  func octets(_ name: StaticString) -> UnsafeBufferPointer<UInt8>? {
    var next = self.node.pointee.properties
    while let attribute = next {
      if attribute.pointee.ns == nil, Self.equal(attribute.pointee.name, name) { return Self.octets(attribute.pointee.children) }
      next = attribute.pointee.next
    }
    return nil
  }

  func text(_ name: StaticString) -> String? { self.octets(name).map { String(decoding: $0, as: UTF8.self) } }

  /// A value is one text node. Entity references, which make more of them, come with a document type only; they read as empty.
  private static func octets(_ value: xmlNodePtr?) -> UnsafeBufferPointer<UInt8> {
    guard let value, value.pointee.next == nil, value.pointee.type == XML_TEXT_NODE, let content = value.pointee.content else {
      return UnsafeBufferPointer(start: nil, count: 0)
    }
    return UnsafeBufferPointer(start: content, count: Int(xmlStrlen(content)))
  }

  private static func equal(_ text: UnsafePointer<xmlChar>?, _ name: StaticString) -> Bool {
    text.map { xmlStrEqual($0, name.utf8Start) != 0 } ?? false
  }
}
