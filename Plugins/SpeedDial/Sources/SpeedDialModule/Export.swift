public import CStrowger
import SpeedDial
import ModuleKit

/// What the exchange looks for in the library.
@c @implementation
public func strowger_module(_ hostInterface: UInt32) -> UnsafePointer<strowger_module_table>? {
  exported(SpeedDial.self, to: hostInterface)
}
