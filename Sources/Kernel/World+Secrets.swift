/// Digits that nobody may read: authorisation codes within what was dialled (TRK-4).
extension World {
  /// `number` as it may be shown and kept: digits of a code that are a secret are `*`. A secret behind the code of another feature,
  /// such as a forward to a number with one, is found too.
  public func withoutSecrets(_ number: Digits) -> Digits {
    var position = 0
    while position < number.count {
      let found: CodeMatch
      switch self.dispatch.match(number.dropFirst(position)) {
      case .code(let code), .badArgument(let code), .surplusArgument(let code): found = code
      case .emergency, .station, .group, .module, .trunk, .route, .incomplete, .unknown: return number
      }
      position = number.count - found.argument.count
      if let length = self.secretLength(of: found) { return number.masked(position..<min(position + length, number.count)) }
    }
    return number
  }

  public func withoutSecrets(_ note: Note) -> Note {
    note.digits.isEmpty ? note : Note(note.template, self.withoutSecrets(note.digits))
  }

  private func secretLength(of match: CodeMatch) -> Int? {
    let placement = self.plan.modules[match.placement]
    guard let descriptor = self.descriptors.first(where: { $0.name == placement.module }) else { return nil }
    let action = placement.codes[match.code].action
    guard descriptor.actions.indices.contains(action), let option = descriptor.actions[action].secretLength else { return nil }
    return placement.options.integer(option)
  }
}

extension Digits {
  /// With `*` at those positions.
  fileprivate func masked(_ secret: Range<Int>) -> Digits {
    let star: UInt8 = 10
    var shown = Digits()
    for position in 0..<self.count { shown.append(symbol: secret.contains(position) ? star : self[position]) }
    return shown
  }
}
