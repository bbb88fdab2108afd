// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "SpeedDial",
  products: [.library(name: "SpeedDial", type: .dynamic, targets: ["SpeedDialModule"])],
  dependencies: [.package(name: "strowger", path: "../../Packaging/kit")],
  targets: [
    // The feature: a state machine that knows nothing of libraries.
    .target(name: "SpeedDial", dependencies: [.product(name: "Kernel", package: "strowger")]),
    // The library the exchange loads: its Swift runtime inside, one symbol outside.
    .target(
      name: "SpeedDialModule", dependencies: ["SpeedDial", .product(name: "ModuleKit", package: "strowger")],
      linkerSettings: [
        .unsafeFlags([
          "-static-stdlib", "-Xlinker", "--version-script=\(Context.packageDirectory)/module.map", "-Xlinker", "--gc-sections",
        ])
      ]),
    .testTarget(
      name: "SpeedDialTests",
      dependencies: [
        "SpeedDial", .product(name: "Features", package: "strowger"), .product(name: "TestKit", package: "strowger"),
      ]),
  ]
)
