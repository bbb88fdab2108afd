internal import Kernel

extension Meaning {
  /// Stations, numbers of modules and groups are matched before codes: one that is a code with its argument takes that argument's place (DIAL-1).
  mutating func checkStationShadows() {
    for entry in self.index.entries {
      switch entry.use {
      case .station, .module, .group: self.checkShadow(of: self.name(entry), entry.digits, entry.digits, at: entry.place)
      case .emergency, .code, .trunkGroup, .routing: continue
      }
    }
    for index in self.index.ranges.sorted {
      let range = self.plan.stations[index]
      self.checkShadow(of: self.rangeName(range), range.from.digits, range.to.digits, at: range.position)
    }
  }

  /// Every code that, with some argument, is a number in `from` … `to`.
  private mutating func checkShadow(of name: String, _ from: Digits, _ to: Digits, at place: Plan.Position) {
    for length in 1..<max(1, from.count) {
      let codes = self.index.codesByLength[length]
      guard !codes.isEmpty else { continue }
      let (low, high) = (from.prefix(length), to.prefix(length))
      var position = firstIndex(in: codes) { !(self.index.entries[$0].digits < low) }
      while position < codes.count {
        let code = self.index.entries[codes[position]]
        guard !(high < code.digits) else { break }
        let first = code.digits == low ? from.dropFirst(length) : .row(of: 0, from.count - length)
        let last = code.digits == high ? to.dropFirst(length) : .row(of: 9, from.count - length)
        if case .code(let module, let index) = code.use,
          let argument = self.argument(ofModule: module, code: index, from: first, to: last)
        {
          self.reportShadow(name, code.digits.appending(argument), module, index, argument, at: place)
        }
        position += 1
      }
    }
  }

  /// An argument in `from` … `to` that somebody would dial behind the code: one of a fixed choice, or a number that exists.
  private func argument(ofModule module: Int, code: Int, from: Digits, to: Digits) -> Digits? {
    switch self.action(module: module, code: code)?.argument {
    case .oneOf(let choices): choices.first { $0.count == from.count && !($0 < from) && !(to < $0) }
    case .number(let lengths), .optionalNumber(let lengths):
      lengths.contains(from.count) ? self.index.someCallable(from: from, to: to) : nil
    case .some(.none), nil: nil
    }
  }

  private mutating func reportShadow(
    _ name: String, _ number: Digits?, _ module: Int, _ code: Int, _ argument: Digits, at place: Plan.Position
  ) {
    let verb = name.hasPrefix("stations ") ? "take" : "takes"
    let what = name.hasPrefix("group ") ? "group" : name.hasPrefix("number ") ? "module" : "station"
    let dialled = number.map { "\($0)" } ?? name
    self.findings.error(
      "shadowed-code", at: place, "\(name) \(verb) the place of \(self.name(module: module, code: code)) with \(argument)",
      mend:
        "dialling \(dialled) \(what == "module" ? "reaches" : "rings") the \(what), and \(self.loss(module, code, argument)); \(what == "module" ? "change its number" : "move the \(what)") or change the code"
    )
  }

  /// What is lost when the code cannot be dialled with `argument`. An action whose meaning is a sentence, such as "a call parked
  /// on % is fetched", says it in its own words.
  private func loss(_ module: Int, _ code: Int, _ argument: Digits) -> String {
    let meaning = self.action(module: module, code: code)?.meaning ?? ""
    guard meaning.contains("%") else { return "\(self.name(module: module, code: code)) never gets \(argument)" }
    var words = meaning.split(separator: " ").map { String($0).replacingAll("%", with: "\(argument)") }
    guard let verb = words.firstIndex(where: { $0 == "is" || $0 == "are" }) else {
      return "\(self.name(module: module, code: code)) never gets \(argument)"
    }
    words[verb] = "cannot be"
    return words.joined(separator: " ")
  }

  /// Of two codes the longer is matched, if its argument fits: it takes arguments away from the shorter.
  mutating func checkCodeShadows() {
    for (position, entry) in self.index.entries.enumerated() {
      // One that is something else already has to be changed anyway.
      guard case .code(let module, let code) = entry.use, entry.digits.count > 1, self.index.first[entry.digits] == position
      else { continue }
      for length in 1..<entry.digits.count {
        guard let short = self.index.code(entry.digits.prefix(length)) else { continue }
        let rest = entry.digits.dropFirst(length)
        guard let argument = self.argument(of: short, takenBy: (module, code), behind: rest) else { continue }
        let name = self.name(module: short.module, code: short.code)
        self.findings.error(
          "shadowed-code", at: entry.place, "\(self.name(entry)) takes the place of \(name) with \(argument)",
          mend: "the longer code is matched first; change one of the two codes")
      }
      self.checkOutsideNumbers(entry)
    }
  }

  private typealias Code = (module: Int, code: Int)

  /// An argument of `short` that begins with `rest` and which the longer code accepts once `rest` is taken off.
  private func argument(of short: Code, takenBy long: Code, behind rest: Digits) -> Digits? {
    guard let grammar = self.action(module: short.module, code: short.code)?.argument,
      let taken = self.action(module: long.module, code: long.code)?.argument
    else { return nil }
    switch grammar {
    case .none: return nil
    case .oneOf(let choices): return choices.first { $0.hasPrefix(rest) && taken.accepts($0.dropFirst(rest.count)) }
    case .number(let lengths), .optionalNumber(let lengths):
      switch taken {
      case .none: return self.existing(rest, Digits(), lengths)
      case .oneOf(let choices): return choices.lazy.compactMap { self.existing(rest, $0, lengths) }.first
      case .number(let more): return self.existing(rest, more, lengths)
      case .optionalNumber(let more): return self.existing(rest, Digits(), lengths) ?? self.existing(rest, more, lengths)
      }
    }
  }

  private func existing(_ rest: Digits, _ more: Digits, _ lengths: ClosedRange<Int>) -> Digits? {
    guard let number = rest.appending(more), lengths.contains(number.count), self.index.isCallable(number) else { return nil }
    return number
  }

  private func existing(_ rest: Digits, _ more: ClosedRange<Int>, _ lengths: ClosedRange<Int>) -> Digits? {
    for count in more.clamped(to: 0...(Digits.longest - rest.count)) {
      guard lengths.contains(rest.count + count), self.index.hasCallable[rest.count + count] else { continue }
      guard let from = rest.appending(.row(of: 0, count)), let to = rest.appending(.row(of: 9, count)) else { break }
      if let found = self.index.someCallable(from: from, to: to) { return found }
    }
    return nil
  }

  /// Codes are matched before trunk access codes.
  private mutating func checkOutsideNumbers(_ entry: NumberIndex.Entry) {
    for length in 1..<entry.digits.count {
      let prefix = entry.digits.prefix(length)
      switch self.index.use(of: prefix) {
      case .trunkGroup, .routing:
        self.findings.warning(
          "shadowed-trunk", at: entry.place,
          "\(self.name(entry)) takes the place of outside numbers that begin with \(entry.digits.dropFirst(length)) "
            + "behind trunk code \(prefix)", mend: "choose a code that does not begin with \(prefix)")
      default: continue
      }
    }
  }

  /// A code with an argument may not be an emergency number: the emergency number is matched first.
  mutating func checkEmergency() {
    let groups = Set(self.plan.trunkGroups.map(\.code))
    for entry in self.plan.emergency {
      if !groups.contains(entry.trunkGroup) {
        self.findings.error(
          "unknown-trunk-group", at: entry.position,
          "emergency number \(entry.digits) leads to trunk group \(entry.trunkGroup), which does not exist",
          mend: "add <trunkGroup code=\"\(entry.trunkGroup)\" …/> to trunks, or name another")
      }
      for length in 1..<entry.digits.count {
        guard let (module, code) = self.index.code(entry.digits.prefix(length)) else { continue }
        let rest = entry.digits.dropFirst(length)
        guard self.argument(ofModule: module, code: code, from: rest, to: rest) != nil else { continue }
        self.findings.error(
          "emergency-number", at: self.plan.modules[module].codes[code].position,
          "\(self.name(module: module, code: code)) with \(rest) is the emergency number \(entry.digits)",
          mend: "dialling it calls for help; choose another code")
      }
    }
  }
}

extension String {
  fileprivate func replacingAll(_ mark: Character, with text: String) -> String {
    self.split(separator: mark, omittingEmptySubsequences: false).joined(separator: text)
  }
}
