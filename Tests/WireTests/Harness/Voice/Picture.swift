import Foundation

/// Pictures of what somebody heard, drawn into the folder that `STROWGER_PICTURES` names; without it nothing is drawn.
enum Picture {
  static let folder = ProcessInfo.processInfo.environment["STROWGER_PICTURES"].map { URL(fileURLWithPath: $0) }

  /// Writes `name.svg` (level over frequency) and `name.wav`. The marked frequencies are those of the tests' phones.
  static func draw(_ sound: Sound, _ name: String, title: String, marking voices: [Double] = Voices.all) {
    guard let folder else { return }
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try? Data(spectrum(sound, title: title, marking: voices).utf8).write(to: folder.appendingPathComponent("\(name).svg"))
    try? WAV.write(sound, to: folder.appendingPathComponent("\(name).wav"))
  }

  /// Bars of 20 Hz from 0 to 4000 Hz, from −90 to 0 dB.
  static func spectrum(_ sound: Sound, title: String, marking voices: [Double]) -> String {
    func across(_ frequency: Double) -> Double { 60 + frequency / 4000 * 800 }
    func down(_ level: Double) -> Double { 40 + min(max(-level, 0), 90) / 90 * 300 }
    func text(_ x: Double, _ y: Double, _ words: String, _ more: String = "text-anchor=\"middle\"") -> String {
      "<text x=\"\(round(x))\" y=\"\(round(y))\" \(more)>\(words)</text>"
    }
    var lines = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"900\" height=\"400\" viewBox=\"0 0 900 400\" "
        + "font-family=\"sans-serif\" font-size=\"12\">",
      "<rect width=\"900\" height=\"400\" fill=\"white\"/>",
      text(460, 22, title, "text-anchor=\"middle\" font-size=\"15\""),
      "<text transform=\"rotate(-90)\" x=\"-190\" y=\"16\" text-anchor=\"middle\">level in dB of full scale</text>",
      text(460, 390, "frequency in Hz"),
    ]
    for level in stride(from: 0.0, through: -90, by: -10) {
      lines.append("<path d=\"M60 \(down(level))H860\" stroke=\"#ddd\"/>")
      lines.append(text(52, down(level) + 4, "\(Int(level))", "text-anchor=\"end\""))
    }
    for frequency in stride(from: 0.0, through: 4000, by: 500) {
      lines.append("<path d=\"M\(across(frequency)) 340v5\" stroke=\"black\"/>")
      lines.append(text(across(frequency), 360, "\(Int(frequency))"))
    }
    for frequency in stride(from: 10.0, to: 4000, by: 20) {
      let top = [-7.0, 0, 7].map { down(sound.level(of: frequency + $0)) }.min() ?? 340
      lines.append(
        "<rect x=\"\(across(frequency) - 1.5)\" y=\"\(top)\" width=\"3\" height=\"\(340 - top)\" fill=\"#357\"/>")
    }
    for voice in voices {
      let isThere = sound.level(of: voice) >= Sound.clearly
      let colour = isThere ? "#b30" : "#999"
      lines.append("<path d=\"M\(across(voice)) 40V340\" stroke=\"\(colour)\" stroke-dasharray=\"3 4\"/>")
      lines.append(text(across(voice), 36, "\(Int(voice))", "text-anchor=\"middle\" font-size=\"10\" fill=\"\(colour)\""))
    }
    lines.append("<path d=\"M60 40V340H860\" fill=\"none\" stroke=\"black\"/>")
    return (lines + ["</svg>"]).joined(separator: "\n") + "\n"
  }
}
