package import CStrowger
internal import Glibc
public import Kernel

/// Feature modules in libraries of their own, as the number plan names them (MOD-2, `strowger_module.h`).
public enum ModuleLibrary {
  /// Loads a module and asks what it is. What has been loaded stays until the process ends, also when something is wrong with it.
  /// - Parameters:
  ///   - file: The library's name; it may not lead out of `directory`.
  ///   - directory: Where the administrator keeps modules.
  ///   - name: What the plan calls the module.
  /// - Throws: ``LoadingFailure``, in the words of the plan's findings.
  public static func module(_ name: String, in file: String, from directory: String) throws(LoadingFailure) -> Module {
    guard !file.isEmpty, !file.utf8.contains(0x2F), file != "..", file != "." else { throw .notAName(file) }
    let path = directory + "/" + file
    try self.inspect(path, file, directory)
    guard let library = dlopen(path, RTLD_NOW | RTLD_LOCAL) else { throw .cannotOpen(file, self.lastError()) }
    guard let symbol = dlsym(library, "strowger_module") else { throw .noModule(file) }
    let function = unsafeBitCast(symbol, to: (@convention(c) (UInt32) -> UnsafePointer<strowger_module_table>?).self)
    guard let table = function(STROWGER_INTERFACE) else { throw .unwilling(file, STROWGER_INTERFACE) }
    let module = try self.module(of: table, in: file)
    guard module.descriptor.name == name else { throw .otherName(file, offered: module.descriptor.name, wanted: name) }
    return module
  }

  /// The module behind a table, which must stay as long as the process.
  package static func module(
    of table: UnsafePointer<strowger_module_table>, in file: String
  ) throws(LoadingFailure) -> Module {
    // Nothing else of a table that is newer than this program can be relied upon.
    guard table.pointee.interface_number <= STROWGER_INTERFACE else {
      throw .newer(file, module: table.pointee.interface_number, exchange: STROWGER_INTERFACE)
    }
    do throws(ModuleTable.Rubbish) {
      return Module(try ModuleTable(table))
    } catch {
      throw .rubbish(file, "\(error.what)")
    }
  }

  /// Code that others may write would run with everything the exchange has.
  private static func inspect(_ path: String, _ file: String, _ directory: String) throws(LoadingFailure) {
    var found = stat()
    guard stat(directory, &found) == 0, found.st_mode & S_IFMT == S_IFDIR else { throw .noDirectory(directory) }
    guard found.st_mode & S_IWOTH == 0 else { throw .writable(directory) }
    guard stat(path, &found) == 0 else { throw .missing(file, directory) }
    guard found.st_mode & S_IFMT == S_IFREG else { throw .missing(file, directory) }
    guard found.st_mode & S_IWOTH == 0 else { throw .writable(path) }
  }

  private static func lastError() -> String { dlerror().map { String(cString: $0) } ?? "unknown reason" }
}

/// Why a module in a library cannot be used.
public enum LoadingFailure: Error, Equatable, Sendable {
  case notAName(String)
  case noDirectory(String)
  case missing(String, String)
  case writable(String)
  case cannotOpen(String, String)
  case noModule(String)
  case unwilling(String, UInt32)
  case newer(String, module: UInt32, exchange: UInt32)
  case rubbish(String, String)
  case otherName(String, offered: String, wanted: String)

  /// What is wrong, in one line.
  public var message: String {
    switch self {
    case .notAName(let file): "\(file) is not the name of a file in the module directory"
    case .noDirectory(let directory): "the module directory \(directory) does not exist"
    case .missing(let file, let directory): "there is no \(file) in \(directory)"
    case .writable(let path): "everybody may write \(path)"
    case .cannotOpen(let file, let why): "\(file) cannot be loaded: \(why)"
    case .noModule(let file): "\(file) is not a module: it exports no strowger_module"
    case .unwilling(let file, let interface): "\(file) does not work with interface \(interface) of this exchange"
    case .newer(let file, let module, let exchange):
      "\(file) was built for interface \(module), this exchange has interface \(exchange)"
    case .rubbish(let file, let what): "\(file) describes itself wrongly: \(what)"
    case .otherName(let file, let offered, let wanted): "\(file) offers the module \(offered), not \(wanted)"
    }
  }

  /// How to mend it, in one line.
  public var mend: String {
    switch self {
    case .notAName: "write the file's name alone, such as libHotLine.so"
    case .noDirectory: "create it, or name another with --modules or STROWGER_MODULES"
    case .missing: "copy it there, or name another directory with --modules or STROWGER_MODULES"
    case .writable(let path): "chmod o-w \(path)"
    case .cannotOpen: "build it for this machine, with what it needs inside (-static-stdlib for Swift)"
    case .noModule: "export strowger_module as strowger_module.h says"
    case .unwilling, .newer: "take a newer exchange, or build the module with the kit of this one"
    case .rubbish: "ask its author for another version"
    case .otherName(_, let offered, _): "write name=\"\(offered)\""
    }
  }
}
