import ArgumentParser
import Features
import Foundation
import Kernel
import NumberPlan

/// `strowger plan diagram …`: the machines of the plan's modules as drawings.
struct PlanDiagram: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diagram", abstract: "Draw a module's state machine, from the machine itself.",
    discussion: """
        strowger plan diagram Hold                      (Mermaid text, for documents)
        strowger plan diagram Hold --svg > Hold.svg     (a picture)
        strowger plan diagram --svg --output pictures   (a file for each module of the plan)
      """)

  @Argument(help: "The module; without it, every module of the plan, in the plan's order.") var module: String?
  @Flag(help: "Pictures (SVG) instead of Mermaid text.") var svg = false
  @Option(help: ArgumentHelp("Write a file for each module into this directory.", valueName: "directory")) var output: String?
  @OptionGroup var plan: PlanLocation

  func validate() throws {
    guard self.svg, self.module == nil, self.output == nil else { return }
    throw ValidationError("several pictures need files: add --output DIRECTORY, or name one module")
  }

  func run() throws {
    let modules = try self.modules()
    guard let output = self.output else {
      for module in modules {
        if modules.count > 1 { print("%% \(module.descriptor.name): \(module.descriptor.summary)") }
        print(self.drawing(of: module), terminator: modules.count > 1 ? "\n" : "")
      }
      return
    }
    for module in modules {
      let file = URL(fileURLWithPath: output).appendingPathComponent("\(module.descriptor.name).\(self.svg ? "svg" : "mmd")")
      do {
        try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
        try Data(self.drawing(of: module).utf8).write(to: file)
      } catch {
        throw Failure("cannot write \(file.path): \(error.localizedDescription)")
      }
      Terminal.say(file.relativePath)
    }
  }

  private func drawing(of module: Module) -> String {
    let diagram = StateDiagram(of: module)
    return self.svg ? diagram.svg : diagram.mermaid
  }

  /// The one that is named, in the plan or not, else all of the plan.
  private func modules() throws -> [Module] {
    guard let name = self.module else {
      return try self.plan.load().modules.compactMap { placement in
        InstalledModules.all.first { $0.descriptor.name == placement.module }
      }
    }
    return [try InstalledModules.named(name)]
  }
}
