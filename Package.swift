// swift-tools-version: 6.0
import PackageDescription

// BISSL_PRECISION=float64 builds the same sources in double precision, which is how the engine is verified: this build
// lets tests see inside, also when it is optimised (BISSL_PRECISION=float64 swift test -c release).
// BISSL_MARCH names the instruction set, with features beyond it where wanted: "x86-64-v4 amx-tile amx-bf16".
// BISSL_OPENBLAS_PREFIX is what the symbols of OpenBLAS begin with (see Sources/COpenBLAS).
// For `make test-hard`: BISSL_CHECKED=1 compiles the kernels with every check of Swift's, of overflow and of bounds;
// BISSL_SANITIZE=address goes with `--sanitize address`: each tensor has memory of the system, which that sanitizer
// watches, and C functions, also those that Swift inlines, have the one of undefined behaviour, which Swift has not.
let double = Context.environment["BISSL_PRECISION"] == "float64"
let instructions = (Context.environment["BISSL_MARCH"] ?? "").split(separator: " ")
let architecture = ["-march=\(instructions.first ?? "native")"] + instructions.dropFirst().map { "-m\($0)" }
let prefix = Context.environment["BISSL_OPENBLAS_PREFIX"].map { ["-Xcc", "-DBISSL_OPENBLAS_PREFIX=\($0)"] } ?? []
let isChecked = Context.environment["BISSL_CHECKED"] == "1"
let isWatched = Context.environment["BISSL_SANITIZE"] == "address"
let undefined = isWatched ? ["-fsanitize=undefined", "-fno-sanitize-recover=undefined"] : []

/// Settings of every target. Raw pointers are captured by the kernels' parallel loops, which language mode 6 rejects.
func settings(kernels: Bool = false) -> [SwiftSetting] {
  [
    .swiftLanguageMode(.v5), .enableUpcomingFeature("MemberImportVisibility"),
    .unsafeFlags(architecture.flatMap { ["-Xcc", $0] } + prefix),
  ]
    + (double ? [.define("BISSL_DOUBLE"), .unsafeFlags(["-Xcc", "-DBISSL_DOUBLE", "-enable-testing"])] : [])
    + (isWatched ? [.define("BISSL_WATCHED"), .unsafeFlags(undefined.flatMap { ["-Xcc", $0] })] : [])
    + (isChecked
      ? [.unsafeFlags(["-assert-config", "Debug"], .when(configuration: .release))]
      : kernels ? [.unsafeFlags(["-Ounchecked"], .when(configuration: .release))] : [])
}

func target(
  _ name: String, uses dependencies: [String], exclude: [String] = [], kernels: Bool = false
) -> Target {
  .target(
    name: name, dependencies: dependencies.map { .byName(name: $0) }, exclude: exclude,
    swiftSettings: settings(kernels: kernels),
    linkerSettings: dependencies.contains("COpenBLAS") ? [.linkedLibrary("openblas")] : [])
}

func test(_ name: String, uses dependencies: [String] = [], exclude: [String] = []) -> Target {
  .testTarget(
    name: name + "Tests", dependencies: ([name] + dependencies).map { .byName(name: $0) }, exclude: exclude,
    swiftSettings: settings())
}

let package = Package(
  name: "bissl",
  products: [.library(name: "BisslC", type: .static, targets: ["BisslC"])],
  targets: [
    .systemLibrary(name: "COpenBLAS", providers: [.apt(["libopenblas-dev"])]),
    .target(name: "CBissl", cSettings: [.unsafeFlags(architecture + undefined)]),
    target("BisslKernels", uses: ["CBissl"], exclude: ["Generated/generate.py"], kernels: true),
    target("BisslCore", uses: ["BisslKernels", "COpenBLAS"]),
    target("BisslAutograd", uses: ["BisslCore", "BisslKernels"]),
    target("BisslModels", uses: ["BisslAutograd", "BisslCore", "BisslKernels"]),
    target("BisslObjectives", uses: ["BisslModels", "BisslAutograd", "BisslCore", "BisslKernels"]),
    target("BisslBilevel", uses: ["BisslCore", "BisslKernels"]),
    target("BisslImaging", uses: ["BisslCore", "BisslKernels"]),
    target(
      "BisslC",
      uses: [
        "CBissl", "BisslObjectives", "BisslBilevel", "BisslImaging", "BisslModels", "BisslAutograd", "BisslCore",
        "BisslKernels",
      ]),
    // Several ranks in one process, for the tests.
    .target(
      name: "BisslRanks", dependencies: ["BisslCore", "BisslKernels"], path: "Tests/Ranks", swiftSettings: settings()),
    test("BisslKernels", uses: ["CBissl"]),
    test("BisslCore", uses: ["BisslKernels"]),
    test("BisslAutograd", uses: ["BisslCore", "BisslKernels", "BisslRanks"]),
    test("BisslModels", uses: ["BisslAutograd", "BisslCore", "BisslKernels"]),
    test("BisslObjectives", uses: ["BisslModels", "BisslAutograd", "BisslCore", "BisslKernels", "BisslRanks"]),
    test("BisslBilevel", uses: ["BisslCore", "BisslKernels"]),
    test("BisslImaging", uses: ["BisslCore", "BisslKernels"], exclude: ["Fixtures/make_fixtures.py"]),
    test("BisslC", uses: ["CBissl", "BisslCore", "BisslKernels"]),
  ]
)
