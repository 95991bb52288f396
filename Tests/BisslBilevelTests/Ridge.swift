import BisslBilevel
import BisslCore
import BisslKernels

/// ½‖M θ − y‖²
struct LeastSquares {
  let matrix: Matrix
  let target: [Double]

  init(rows: Int, columns: Int, key: UInt64) {
    matrix = Matrix.random(rows, columns, key: key)
    target = randomArray(rows, key: key + 1)
  }

  func residual(_ theta: [Double]) -> [Double] { zip(matrix * theta, target).map(-) }
  func loss(_ theta: [Double]) -> Double { residual(theta).map { $0 * $0 }.reduce(0, +) / 2 }
  func gradient(_ theta: [Double]) -> [Double] { matrix.transposed * residual(theta) }
  var hessian: Matrix { matrix.gram }

  /// What a step is given; the head is one parameter φ with loss φ²/2 on top.
  func evaluated(_ theta: [Double], head: Double) throws -> EvaluatedLoss {
    try EvaluatedLoss(
      loss: Scalar(loss(theta) + head * head / 2), backboneGradient: vector(gradient(theta)),
      headGradient: vector([head]))
  }

  /// argmin ½‖M θ − y‖² + λ/2 ‖θ − anchor‖² = (MᵀM + λI)⁻¹ (Mᵀy + λ·anchor)
  func ridge(lam: Double, anchor: [Double]) -> [Double] {
    let system = hessian + Matrix.diagonal(anchor.map { _ in lam })
    return system.solve(zip(matrix.transposed * target, anchor).map { $0 + lam * $1 })
  }
}
