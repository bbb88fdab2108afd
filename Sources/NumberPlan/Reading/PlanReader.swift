internal import Kernel

/// Turns the tree into a ``Draft``: values are parsed and module options compared with their descriptors.
///
/// What the schema has refused already is left out without a further word.
struct PlanReader {
  var draft = Draft()
  var findings: Findings
  let source: Source
  private let modules: [String: Descriptor]
  private let library: LibraryLookup?

  init(_ source: Source, modules: [Descriptor], library: LibraryLookup?, _ findings: Findings) {
    self.source = source
    self.library = library
    self.findings = findings
    self.modules = Dictionary(modules.map { ($0.name, $0) }) { first, _ in first }
    self.draft.existingModules = modules.map(\.name).sorted()
    self.draft.groupServer = modules.first { $0.points.contains(.groupCalled) }?.name
  }

  mutating func read(_ document: borrowing Document) {
    guard let root = document.root, root.isNamed("numberPlan") else { return }
    self.draft.plan.name = root.text("name") ?? ""
    for section in root.children {
      for element in section.children {
        if section.isNamed("stations") {
          self.readStation(element)
        } else if section.isNamed("features") {
          self.readModule(element)
        } else if section.isNamed("groups") {
          self.readGroup(element)
        } else if section.isNamed("trunks") {
          self.readTrunks(element)
        } else if section.isNamed("classesOfService") {
          self.readClass(element)
        } else if section.isNamed("emergency") {
          self.readEmergency(element)
        }
      }
    }
  }

  private mutating func readStation(_ element: Element) {
    let single = element.isNamed("station")
    guard single || element.isNamed("range"), let from = self.station(element, single ? "number" : "from") else { return }
    guard let to = single ? from : self.station(element, "to") else { return }
    self.draft.plan.stations.append(
      Plan.StationEntry(
        from: from, to: to, className: element.text("class"), pickupGroup: self.count(element, "pickupGroup") ?? 1,
        position: self.place(element)))
  }

  private mutating func readModule(_ element: Element) {
    guard element.isNamed("module"), let name = element.text("name"), !name.isEmpty else { return }
    let library = element.text("library")
    let found = self.module(name, library: library, element)
    let descriptor = found ?? Descriptor(name: name, summary: "")
    var codes: [Plan.Code] = []
    for child in element.children where child.isNamed("code") {
      if let code = self.code(child, descriptor, known: found != nil) { codes.append(code) }
    }
    self.draft.plan.modules.append(
      Plan.Placement(
        module: name, options: self.options(element, descriptor, known: found != nil), codes: codes,
        library: library, position: self.place(element)))
    self.draft.descriptors.append(descriptor)
  }

  private mutating func module(_ name: String, library: String?, _ element: Element) -> Descriptor? {
    if let library, let lookup = self.library {
      switch lookup(name, library) {
      case .success(let descriptor): return descriptor
      case .failure(let problem):
        self.findings.error("library", at: self.place(element, "library"), problem.message, mend: problem.mend)
        return nil
      }
    }
    if let known = self.modules[name] { return known }
    if let library {
      self.findings.error(
        "unknown-module", at: self.place(element, "name"), "\(library) has brought no module \(name)",
        mend: "see that the library is installed and offers \(name)")
    } else {
      self.findings.error(
        "unknown-module", at: self.place(element, "name"), "there is no module \(name)",
        mend: self.findings.suggestion(for: name, among: self.draft.existingModules))
    }
    return nil
  }

  private mutating func readGroup(_ element: Element) {
    guard element.isNamed("ringGroup"), let number = self.digits(element, "number") else { return }
    var members: [StationNumber] = []
    var places: [Plan.Position] = []
    for child in element.children where child.isNamed("member") {
      guard let member = self.station(child, "number") else { continue }
      members.append(member)
      places.append(self.place(child))
    }
    let ring: Plan.Ring =
      switch element.text("ring") {
      case "sequential": .sequential
      case "distributed": .distributed
      default: .unconditional
      }
    self.draft.plan.groups.append(
      Plan.GroupEntry(
        number: number, ring: ring, members: members, overflow: self.optionalDigits(element, "overflow"),
        overflowTime: self.seconds(element, "overflowTime") ?? .seconds(30), position: self.place(element)))
    self.draft.memberPlaces.append(places)
  }

  private mutating func readClass(_ element: Element) {
    guard element.isNamed("class"), let name = element.text("name"), !name.isEmpty else { return }
    let trunks = element.text("trunks") ?? "none"
    self.draft.plan.classes.append(
      Plan.ClassEntry(
        name: name, trunkCodes: trunks == "none" ? [] : self.digitsList(element, "trunks"),
        barredModules: words(element.text("bars") ?? ""), trunkToTrunk: element.text("trunkToTrunk") == "true",
        hours: self.hours(element, "hours") ?? .always,
        trunkCalls: self.count(element, "trunkCalls") ?? Plan.ClassEntry.defaultTrunkCalls,
        trunkCallsPerMinute: self.count(element, "trunkCallsPerMinute") ?? Plan.ClassEntry.defaultTrunkCallsPerMinute,
        position: self.place(element)))
  }

  private mutating func readEmergency(_ element: Element) {
    guard element.isNamed("number"), let digits = self.digits(element, "digits"),
      let group = self.digits(element, "trunkGroup")
    else { return }
    self.draft.plan.emergency.append(
      Plan.EmergencyEntry(digits: digits, trunkGroup: group, position: self.place(element)))
  }
}
