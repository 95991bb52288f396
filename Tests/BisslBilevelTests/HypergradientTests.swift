import BisslBilevel
import BisslCore
import XCTest

/// Ridge regression as the lower level: its solution, the implicit Jacobian and the hypergradient have closed forms.
final class HypergradientTests: XCTestCase {
  let lam = 0.7
  let pretext = LeastSquares(rows: 12, columns: 6, key: 1)
  let downstream = LeastSquares(rows: 9, columns: 6, key: 3)
  let anchor = randomArray(6, key: 5)

  /// F(θ_D) = L^D(θ_P*(θ_D)) + L^D(θ_D)
  func objective(_ anchor: [Double]) -> Double {
    downstream.loss(pretext.ridge(lam: lam, anchor: anchor)) + downstream.loss(anchor)
  }

  /// The gradient that one upper step with learning rate 1 and no momentum descends along.
  func hypergradient(damping: Double = 0, solver: any LinearSolver) throws -> [Double] {
    let theta = try parameters(anchor, layout([2, 4]))
    let step = try UpperStep(
      atLower: downstream.evaluated(pretext.ridge(lam: lam, anchor: anchor), head: 0),
      atUpper: downstream.evaluated(anchor, head: 0), backbone: theta, head: parameters([0], layout([1])))
    let system = try ImplicitSystem(lam: lam, damping: damping, hessianProduct: pretext.hessian.map)
    _ = try step.commit(
      implicitTerm: solver.solve(system.product, step.v, theta.layout).solution,
      optimizer: SGD(weightDecay: 0, momentum: 0), clipping: JointClipping(limit: 0), learningRate: 1)
    return zip(anchor, theta.vector.doubles).map(-)
  }

  func testClosedForm() throws {
    // dθ_P*/dθ_D = λ (MᵀM + λI)⁻¹
    let v = downstream.gradient(pretext.ridge(lam: lam, anchor: anchor))
    let implicit = (pretext.hessian + Matrix.diagonal(anchor.map { _ in lam })).solve(v).map { lam * $0 }
    let expected = zip(implicit, downstream.gradient(anchor)).map(+)
    let solver = try ConjugateGradient(iterations: 12, layerwise: false)
    assertClose(try hypergradient(solver: solver), expected, tolerance(double: 1e-8, single: 1e-4))
  }

  func testCentralDifferences() throws {
    let computed = try hypergradient(solver: ConjugateGradient(iterations: 12, layerwise: false))
    let h = 1e-5
    let differences = anchor.indices.map { index in
      let values = [h, -h].map { shift -> Double in
        var moved = anchor
        moved[index] += shift
        return objective(moved)
      }
      return (values[0] - values[1]) / (2 * h)
    }
    assertClose(computed, differences, tolerance(double: 1e-7, single: 1e-4))
  }

  func testVariantsOfTheImplicitTerm() throws {
    let v = downstream.gradient(pretext.ridge(lam: lam, anchor: anchor))
    let direct = downstream.gradient(anchor)
    let accuracy = tolerance(double: 1e-12, single: 1e-5)
    assertClose(try hypergradient(solver: DiscardedImplicitTerm()), direct, accuracy)
    assertClose(try hypergradient(solver: IdentityImplicitTerm()), zip(v, direct).map(+), accuracy)
    // With much damping A tends to the identity.
    let damped = try hypergradient(damping: 1e12, solver: ConjugateGradient())
    assertClose(damped, zip(v, direct).map(+), tolerance(double: 1e-9, single: 1e-5))
  }

  /// Lower steps alone find the ridge solution.
  func testLowerStepsConverge() throws {
    let theta = try parameters(randomArray(6, key: 9), layout([2, 4]))
    let phi = try parameters([1], layout([1]))
    let upper = try parameters(anchor, layout([2, 4]))
    let optimizer = try SGD(weightDecay: 0, momentum: 0.8)
    for _ in 0..<600 {
      let evaluated = try pretext.evaluated(theta.vector.doubles, head: phi.vector.doubles[0])
      let step = try lowerStep(evaluated, theta, phi)
      _ = try step.addProximalTerm(lam: lam, anchor: upper)
      _ = try step.commit(optimizer, clipping: JointClipping(limit: 0), learningRate: 0.05)
    }
    let solution = pretext.ridge(lam: lam, anchor: anchor)
    assertClose(theta.vector.doubles, solution, tolerance(double: 1e-10, single: 1e-4))
    assertClose(phi.vector.doubles, [0], tolerance(double: 1e-10, single: 1e-4))
    XCTAssertEqual(upper.vector.doubles, anchor)
  }
}
