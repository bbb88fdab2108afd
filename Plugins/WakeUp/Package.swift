// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "WakeUp",
  products: [.library(name: "WakeUp", type: .dynamic, targets: ["WakeUpModule"])],
  dependencies: [.package(name: "strowger", path: "../../Packaging/kit")],
  targets: [
    // The feature: a state machine that knows nothing of libraries.
    .target(name: "WakeUp", dependencies: [.product(name: "Kernel", package: "strowger")]),
    // The library the exchange loads: its Swift runtime inside, one symbol outside.
    .target(
      name: "WakeUpModule", dependencies: ["WakeUp", .product(name: "ModuleKit", package: "strowger")],
      linkerSettings: [
        .unsafeFlags([
          "-static-stdlib", "-Xlinker", "--version-script=\(Context.packageDirectory)/module.map", "-Xlinker", "--gc-sections",
        ])
      ]),
    .testTarget(
      name: "WakeUpTests",
      dependencies: ["WakeUp", .product(name: "Features", package: "strowger"), .product(name: "TestKit", package: "strowger")]),
  ]
)
