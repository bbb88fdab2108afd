import ArgumentParser
import Features
import Foundation
import Kernel
import Loading
import NumberPlan
import Synchronization

/// The modules of this process: those that are compiled in, and those of libraries, each loaded when a plan first names it and never
/// unloaded (MOD-2).
enum InstalledModules {
  private struct State {
    var directory: String?
    var loaded: [(file: String, module: Module)] = []
    /// The exchange runs with what it has.
    var isClosed = false
  }
  private static let state = Mutex(State())

  static var all: [Module] { BuiltIn.modules + self.state.withLock { $0.loaded.map(\.module) } }

  static func named(_ name: String) throws -> Module {
    guard let module = self.all.first(where: { $0.descriptor.name == name }) else {
      throw Failure("there is no module \(name); there are \(self.all.map(\.descriptor.name).joined(separator: ", "))")
    }
    return module
  }

  /// The library a module came from; nil: it is compiled in.
  static func origin(of name: String) -> String? {
    self.state.withLock { $0.loaded.first { $0.module.descriptor.name == name }?.file }
  }

  static func use(directory: String) { self.state.withLock { $0.directory = directory } }

  /// What was not loaded so far needs a new start: the kernel counts its modules when it begins.
  static func close() { self.state.withLock { $0.isClosed = true } }

  static func loadPlan(_ path: String) -> LoadResult {
    PlanFile.load(path: path, modules: BuiltIn.modules.map(\.descriptor), library: self.descriptor)
  }

  private static func descriptor(of name: String, in file: String) -> Result<Descriptor, LibraryProblem> {
    self.state.withLock { state in
      if let known = state.loaded.first(where: { $0.file == file }) {
        let offered = known.module.descriptor.name
        return offered == name
          ? .success(known.module.descriptor) : .failure(.init(.otherName(file, offered: offered, wanted: name)))
      }
      guard !BuiltIn.modules.contains(where: { $0.descriptor.name == name }) else {
        return .failure(
          LibraryProblem(message: "\(name) is built in, \(file) is not loaded", mend: "leave library out, or use another name"))
      }
      guard !state.loaded.contains(where: { $0.module.descriptor.name == name }) else {
        return .failure(LibraryProblem(message: "another library offers \(name) already", mend: "name one of them"))
      }
      guard !state.isClosed else {
        return .failure(
          LibraryProblem(
            message: "\(file) was not loaded when the exchange started", mend: "start the exchange again: calls come back"))
      }
      do throws(LoadingFailure) {
        let module = try ModuleLibrary.module(name, in: file, from: state.directory ?? self.usualDirectory)
        state.loaded.append((file, module))
        return .success(module.descriptor)
      } catch {
        return .failure(.init(error))
      }
    }
  }

  /// The file this process runs.
  static var program: String {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "/usr/local/bin/strowger"
  }

  /// STROWGER_MODULES, or where `make install` puts them: beside the program.
  static var usualDirectory: String {
    if let named = ProcessInfo.processInfo.environment["STROWGER_MODULES"], !named.isEmpty { return named }
    let prefix = URL(fileURLWithPath: self.program).deletingLastPathComponent().deletingLastPathComponent()
    return prefix.appendingPathComponent("lib/strowger").path
  }
}

extension LibraryProblem {
  fileprivate init(_ failure: LoadingFailure) { self.init(message: failure.message, mend: failure.mend) }
}

/// Where libraries with modules are.
struct ModuleDirectory: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Where libraries with modules are (else STROWGER_MODULES, else lib/strowger beside the program).", valueName: "directory"))
  var modules: String?

  func validate() throws {
    if let directory = self.modules { InstalledModules.use(directory: directory) }
  }
}
