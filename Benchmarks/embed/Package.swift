// swift-tools-version: 6.2
import PackageDescription

// The same calls as host.c makes, told to the kernel in Swift. `make bench-embed` runs both and compares.

let package = Package(
  name: "embed-benchmark",
  dependencies: [.package(name: "strowger", path: "../..", traits: [])],
  targets: [
    .executableTarget(
      name: "swift-calls",
      dependencies: [
        .product(name: "Kernel", package: "strowger"), .product(name: "Features", package: "strowger"),
        .product(name: "NumberPlan", package: "strowger"),
      ])
  ],
  swiftLanguageModes: [.v6]
)
