import BisslCore
import BisslKernels

/// The same elements elsewhere.
extension Catalogue {
  static var arrangement: [Entry] {
    [
      Entry(
        Reshape.self, function: "reshape", inputs: ["x"],
        settings: ["to": .integers()],
        documentation: "The same elements under another shape.",
        samples: [Sample([2, 3, 5], options: ["to": [5, 6]])]
      ) {
        Reshape(to: try $0.integers("to", in: Options.extents))
      },
      Entry(
        Concatenate.self, function: "concatenate", inputs: [.several("parts")],
        documentation: "Arrays one after another along their first axis.",
        samples: [Sample([5]), Sample([2, 3], [1, 3], [4, 3]), Sample([301, 41, 3], [200, 41, 3])]
      ) { _ in Concatenate() },
      Entry(
        Pad.self, function: "pad", inputs: ["x"],
        settings: ["before": .integers(), "after": .integers(), "value": .number(default: 0)],
        documentation: "Entries before and after those of each axis; negative numbers of them cut off.",
        samples: [
          Sample([5], options: ["before": [2], "after": [0], "value": [1.5]]),
          Sample([2, 3, 5], options: ["before": [0, 1, -2], "after": [1, -1, 3]]),
          Sample([4, 3], options: ["before": [-2, 2], "after": [-1, 2]]),
          Sample([3, 41, 29, 13], options: ["before": [0, 1, 2, 0], "after": [0, 3, -4, 0], "value": [-1]]),
        ]
      ) { options in
        Pad(
          before: try options.integers("before", in: Options.rows),
          after: try options.integers("after", in: Options.rows), value: Scalar(try options.number("value")))
      },
      Entry(
        Gather.self, function: "gather", inputs: ["x"],
        settings: ["batches": .integer(default: 1)],
        documentation: """
          The rows (N, C) of all processes that train together, those of one behind those of another, for losses that \
          compare samples; the input where there is one process. ``batches`` of one size may stand one behind the other.
          """,
        samples: [Sample([5, 3]), Sample([6, 7], options: ["batches": [2]])]
      ) { Gather(batches: try $0.integer("batches", in: 1...64)) },
    ]
  }

  static var rows: [Entry] {
    let many = (0..<1301).map { Double($0 * 7 % 900) }
    return [
      Entry(
        SelectRows.self, function: "select_rows", inputs: ["x"],
        settings: ["indices": .integers()],
        documentation: "Rows of a matrix, in the order of ``indices``.",
        samples: [
          Sample([5, 3], options: ["indices": [4, 0, 0, 2, 0]]), Sample([1, 7], options: ["indices": [0, 0, 0]]),
          Sample([901, 37], options: ["indices": many]),
        ]
      ) { SelectRows(try $0.integers("indices", in: Options.rows)) },
      Entry(
        ScaleSamples.self, function: "scale_samples", inputs: ["x"],
        settings: ["factors": .numbers()],
        documentation:
          "The first axis, cut into as many equal pieces as there are ``factors``, each times its own, a constant.",
        samples: [
          Sample([6, 5], options: ["factors": [0, 1.25, -2]]), Sample([2, 3, 5], options: ["factors": [0, 2]]),
          Sample([1300, 37], options: ["factors": (0..<650).map { Double($0 % 3) }]),
        ]
      ) { ScaleSamples(by: try $0.list("factors").map { Scalar($0) }) },
      Entry(
        Patchify.self, function: "patchify", inputs: ["images"],
        settings: ["size": .integer(), "channels_first": .flag(default: false)],
        documentation: """
          Maps (N, H, W, C) to patches, L of size·size·C numbers each; ``channels_first`` orders a patch's numbers by \
          channel, as a convolution's weight is.
          """,
        samples: [
          Sample([2, 6, 9, 5], options: ["size": [3]]),
          Sample([3, 4, 6, 3], options: ["size": [2], "channels_first": [1]]),
          Sample([5, 84, 91, 3], options: ["size": [7], "channels_first": [1]]),
        ]
      ) {
        Patchify(
          size: try $0.integer("size", in: Options.sides),
          channelsFirst: try $0.flag("channels_first"))
      },
    ]
  }
}
