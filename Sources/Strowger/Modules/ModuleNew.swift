import ArgumentParser
import Foundation
import Kernel

extension ModuleCommand {
  /// `strowger module new NAME`: a package of its own for a feature module, which builds, passes its tests and loads as it stands.
  struct New: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write a feature module of one's own to begin with.",
      discussion: """
          strowger module new Lunch
          cd Lunch; make test; make
          strowger plan check --modules .build/release NumberPlan.xml

        The package needs a Swift toolchain and nothing else; the exchange is not built again. Docs/WritingAModule.md
        """)

    @Argument(help: "The module's name: a capital letter, then letters and digits.") var name: String
    @Option(help: ArgumentHelp("The code that is dialled for it.", valueName: "digits")) var code = "*7"
    @Option(name: .customLong("in"), help: ArgumentHelp("Where to make its folder (else here).", valueName: "directory"))
    var place = "."
    @Option(help: ArgumentHelp("The module kit (else the one beside the program).", valueName: "directory")) var kit: String?

    func validate() throws {
      let letters = Array(self.name.utf8)
      let isWord = letters.allSatisfy { ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7A || $0 >= 0x30 && $0 <= 0x39 }
      guard let first = letters.first, first >= 0x41, first <= 0x5A, isWord, letters.count <= 40 else {
        throw ValidationError("\(self.name) cannot be a module's name: a capital letter, then letters and digits")
      }
      guard !InstalledModules.all.contains(where: { $0.descriptor.name == self.name }) else {
        throw ValidationError("there is a module \(self.name) already")
      }
      guard let digits = Digits(self.code), !digits.isEmpty, digits.count <= 8 else {
        throw ValidationError("\(self.code) cannot be dialled as a code: up to eight of 0-9 * #")
      }
    }

    func run() throws {
      let kit = try self.kitFound()
      let folder = URL(fileURLWithPath: self.place).appendingPathComponent(self.name)
      guard !FileManager.default.fileExists(atPath: folder.path) else {
        throw Failure("\(folder.path) is there already; nothing was written")
      }
      for file in ModuleTemplate.files {
        let path = folder.appendingPathComponent(self.filled(file.path, kit))
        try FileManager.default.createDirectory(at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data((self.filled(file.text, kit) + "\n").utf8).write(to: path)
      }
      Terminal.say(
        """
        \(self.name) is in \(folder.path)

          make test     its scenarios, and random walks with all other features
          make          .build/release/lib\(self.name).so
          make install  where the exchange looks for it

        Then, in the number plan:
          <module name="\(self.name)" library="lib\(self.name).so"><code digits="\(self.code)"/></module>
        """)
    }

    private func filled(_ text: String, _ kit: String) -> String {
      let flag = self.name.prefix(1).lowercased() + self.name.dropFirst()
      return text.replacingOccurrences(of: "__NAME__", with: self.name).replacingOccurrences(of: "__CODE__", with: self.code)
        .replacingOccurrences(of: "__FLAG__", with: flag).replacingOccurrences(of: "__KIT__", with: kit)
    }

    /// Beside the installed program, or in the checkout that it was built in.
    private func kitFound() throws -> String {
      if let kit = self.kit {
        guard Self.isKit(URL(fileURLWithPath: kit)) else {
          throw Failure("\(kit) is no module kit: it has no Package.swift and Sources/ModuleKit")
        }
        return URL(fileURLWithPath: kit).standardizedFileURL.path
      }
      var folder = URL(fileURLWithPath: InstalledModules.program).deletingLastPathComponent()
      while folder.path != "/" {
        for place in ["share/strowger/kit", "Packaging/kit"] {
          let kit = folder.appendingPathComponent(place)
          if Self.isKit(kit) { return kit.path }
        }
        folder.deleteLastPathComponent()
      }
      throw Failure("the module kit is not beside this program; make install puts it there, or name it with --kit")
    }

    private static func isKit(_ folder: URL) -> Bool {
      ["Package.swift", "Sources/ModuleKit"].allSatisfy {
        FileManager.default.fileExists(atPath: folder.appendingPathComponent($0).path)
      }
    }
  }
}
