// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that nobody who builds on the kernel builds its benchmarks.
//   swift run -c release --package-path Benchmarks/kernel kernel-bench
//   swift run -c release --package-path Benchmarks/kernel explore --steps 1000000

let package = Package(
  name: "kernel-benchmarks",
  dependencies: [.package(name: "strowger", path: "../..", traits: [])],
  targets: [
    .executableTarget(
      name: "kernel-bench",
      dependencies: [
        .product(name: "Kernel", package: "strowger"), .product(name: "Features", package: "strowger"),
        .product(name: "TestKit", package: "strowger"),
      ]),
    .executableTarget(
      name: "explore",
      dependencies: [
        .product(name: "Kernel", package: "strowger"), .product(name: "Features", package: "strowger"),
        .product(name: "TestKit", package: "strowger"), .product(name: "LoopbackSIP", package: "strowger"),
      ]),
  ],
  swiftLanguageModes: [.v6]
)
