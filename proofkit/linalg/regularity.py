"""Matrices shown to be nonsingular, with all matrices around them, in floating point rounded to nearest.

B is nonsingular if ||I - X B|| < 1 for some X. Each criterion bounds this norm (the largest row sum) for every matrix within a
radius D of the centre B:

* by the inverse: X = inv(B) approximately. |I - X B| <= |I - fl(X B)| + gamma_k |X| |B| + k eta, and |X| D for the radius. The
  row sums of |X| |B| are |X| (|B| e), so two products are all it costs: 4 k^3 operations (S. M. Rump, Verification methods:
  rigorous results using floating-point arithmetic, Acta Numerica 19, 2010, section 10).
* by LU factors: X = X_U X_L with X_L, X_U from substitution, and nothing multiplied out. X B - I = X_U X_L (B - L U)
  + X_U (X_L L - I) U + (X_U U - I), where each residual is bounded beforehand (``pivoting``), so that vectors suffice
  (S. Oishi and S. M. Rump, Fast verification of solutions of matrix equations, Numerische Mathematik 90, 2002). A third of the
  operations, given the factors, and weaker: |X_U| |X_L| |L| |U| takes the place of |X| |B|.

No directed rounding is used: sums of nonnegative numbers are raised by what their rounding can have lost (``fields.rounded``).
What is assumed of the machine is what is said there: IEEE arithmetic, gradual underflow, inner products by their definition.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from proofkit.fields import FLOAT64
from proofkit.fields.rounded import gamma, underflow_is_gradual
from proofkit.linalg.pivoting import lower_inverse, row_blocks, solved, upper_inverse

Matrix = NDArray[np.float64]
ETA = 2.0**-1074
UNIT = 2.0**-53
LIKELY = 0.3  # a predicted norm below which a criterion is expected to succeed
HOPELESS = 20.0  # and above which none is


class Shown(NamedTuple):
    """A criterion, and its upper bound on the norm: below 1, every matrix within the radius is nonsingular."""

    method: str
    norm: float

    @property
    def nonsingular(self) -> bool:
        """Whether nonsingularity is proved; False proves nothing."""
        return self.norm < 1


def regularity(centre: Matrix, radius: Matrix, lower: Matrix, upper: Matrix) -> Shown:
    """The criterion that is predicted to succeed at the least expense, and the other one should it not.

    ``lower`` and ``upper`` are factors of the k x k matrix ``centre`` by elimination as in ``pivoting``.
    """
    with np.errstate(all="ignore"):
        factors, inverse = predicted(centre, radius, lower, upper)
        if not inverse < HOPELESS or not underflow_is_gradual():
            return Shown("no criterion", np.inf)
        if factors < LIKELY:
            found = Shown("LU factors", by_factors(lower, upper, radius))
            if found.nonsingular:
                return found
        return Shown("an approximate inverse", by_inverse(centre, radius))


def as_a_whole(centre: Matrix, radius: Matrix) -> Shown:
    """The criterion by the inverse, without factors."""
    with np.errstate(all="ignore"):
        norm = by_inverse(centre, radius) if len(centre) and underflow_is_gradual() else np.inf
    return Shown("an approximate inverse", norm)


def predicted(centre: Matrix, radius: Matrix, lower: Matrix, upper: Matrix) -> tuple[float, float]:
    """About the norm that each criterion would find, by LU factors and by the inverse, from a condition estimate.

    |B^-1| h is estimated by B^-1 times h with random signs: its entries are about the Euclidean norms of rows. A heuristic.
    """
    k = len(centre)
    g, ones = gamma(k, UNIT), np.ones(k)
    spread = radius @ ones
    weights = [3 * g * (np.abs(lower) @ (np.abs(upper) @ ones)) + spread, 3 * g * (np.abs(centre) @ ones) + spread]
    signs = np.random.default_rng(0).choice([-1.0, 1.0], (k, 3))
    found = solved(lower, upper, np.concatenate([signs * weight[:, None] for weight in weights], axis=1))
    sizes = np.abs(found).max(axis=0) * np.sqrt(k)
    return float(sizes[:3].max()) * np.sqrt(k), float(sizes[3:].max())


def by_inverse(centre: Matrix, radius: Matrix) -> float:
    """An upper bound on ||I - X B|| for X = inv(centre) approximately and every B within the radius; infinite without one."""
    k, ones = len(centre), np.ones(len(centre))
    try:
        x = np.linalg.inv(centre)
    except np.linalg.LinAlgError:
        return np.inf
    weight = _above(gamma(k, UNIT) * _above(_absolute_times(centre, ones), k) + _above(_absolute_times(radius, ones), k), 2)
    far, near = _above(_absolute_times(x, weight), k), np.empty(k)
    if not far.max() < 1:  # then the product need not be computed
        return np.inf
    for rows in row_blocks(k, k):
        defect = x[rows] @ centre
        place = np.arange(len(defect))
        defect[place, rows.start + place] -= 1  # rounded once more, by at most UNIT of the result
        near[rows] = np.abs(defect, out=defect) @ ones
    return _largest(_above(near, k + 4) + far + k * k * ETA)


def by_factors(lower: Matrix, upper: Matrix, radius: Matrix) -> float:
    """An upper bound on ||I - X B|| for X = X_U X_L and every B within the radius of what was factored; infinite without one.

    ``lower`` and ``upper`` have to be the factors of the centre by elimination, with the residual that ``pivoting`` states.
    """
    k, ones = len(lower), np.ones(len(lower))
    left, right = lower_inverse(lower), upper_inverse(upper)
    g = gamma(k + 2, UNIT)
    lost = (2 * k + 2 + float(np.abs(np.diagonal(upper)).max())) * ETA  # to underflow, in an entry of any residual
    above = _above(_absolute_times(upper, ones), k)
    both = _above(_absolute_times(lower, above), k)
    residual = 2 * g * both + k * lost + _above(_absolute_times(radius, ones), k)  # of L U, and of X_L times L U
    inner = _above(_absolute_times(left, _above(residual, 4)), k) + lost * _above(above.sum(), k)
    return _largest(_above(_absolute_times(right, _above(inner + g * above, 4)), k) + k * lost)


def _absolute_times(a: NDArray[Any], x: NDArray[Any]) -> Matrix:
    """|a| x, without a second matrix."""
    found = np.empty(len(a))
    for rows in row_blocks(*a.shape):
        found[rows] = np.abs(a[rows]) @ x
    return found


def _above(computed: Any, operations: int) -> Any:
    """An upper bound on a nonnegative number that was computed with so many roundings."""
    return FLOAT64.raised(computed, operations)


def _largest(row_sums: Matrix) -> float:
    found = float(_above(row_sums, 4).max())
    return found if np.isfinite(found) else np.inf
