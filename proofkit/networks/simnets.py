"""SimNets: similarity layers, MEX layers, and the log-space twin of an arithmetic circuit.

A circuit's values are products of thousands of factors and soon overflow or underflow. In log-space a product is a sum, and
a sum with weights a = exp(b) is the MEX layer in softmax mode at e = 1. Signed weights are carried as pairs (log of the
magnitude, sign). For positive weights exp(SimNet) = circuit exactly; in floating point with the error bound that
:meth:`SimNet.forward` computes.

Source: N. Cohen, O. Sharir, A. Shashua, Deep SimNets (CVPR 2016).
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from proofkit.errors import UsageError
from proofkit.fields import Floating, RoundedArray
from proofkit.networks.network import Network
from proofkit.networks.trees import Node

Floats = NDArray[Any]

#: The error of the platform's exp and log that the bounds suppose, in units of the roundoff (4 units in the last place).
FUNCTION_ERROR = 8.0
_UP = 1 + 2.0**-30  # more than all roundings in the computation of one bound


def similarity(patches: Any, templates: Any, weights: Any, norm: str = "l2", normalized: bool = False) -> Floats:
    """- sum_k weights[d, k] |x_k - templates[d, k]|^p, p = 1 ("l1") or 2 ("l2"): patches (.., N, s) to (.., N, M).

    ``normalized`` adds the logarithm of the normalizing constant: the result is the log density of a Laplace (l1) or normal (l2)
    distribution, with scales 1 / weights, variances 1 / (2 weights). Raises :class:`UsageError` for other norms and shapes,
    and for weights that are not positive where ``normalized``.
    """
    x, z, u = (np.asarray(part, dtype=np.float64) for part in (patches, templates, weights))
    if norm not in ("l1", "l2") or z.ndim != 2 or u.shape != z.shape or x.ndim < 2 or x.shape[-1] != z.shape[1]:
        raise UsageError(f"similarity: norm l1 or l2, templates and weights M x s, patches (.., N, s); got {norm}, {x.shape}")
    distance = np.abs(x[..., None, :] - z) if norm == "l1" else (x[..., None, :] - z) ** 2
    found = -(u * distance).sum(axis=-1)
    if not normalized:
        return np.asarray(found)
    if not (u > 0).all():
        raise UsageError("similarity: the normalization term needs positive weights")
    return np.asarray(found + (np.log(u / 2) if norm == "l1" else np.log(u / np.pi) / 2).sum(axis=-1))


def mex(values: Any, e: float, axis: int = -1, softmax: bool = False) -> Floats:
    """MEX_e(c_1 .. c_n) = (1 / e) log((1 / n) sum exp(e c_i)) along an axis, without the 1 / n in softmax mode; no overflow.

    e = +inf is the maximum, -inf the minimum, 0 the mean (in softmax mode it has no value). Raises :class:`UsageError` where
    there is none, and for no values.
    """
    c = np.asarray(values, dtype=np.float64)
    if math.isnan(e) or (e == 0 and softmax):
        raise UsageError(f"mex: e = {e}{' in softmax mode' if softmax else ''} has no value")
    if not c.ndim or not c.shape[axis]:
        raise UsageError("mex: there are no values along the axis")
    if e == 0:
        return np.asarray(c.mean(axis=axis))
    top = c.max(axis=axis, keepdims=True) if e > 0 else c.min(axis=axis, keepdims=True)
    most = np.squeeze(top, axis=axis)
    if math.isinf(e):
        return np.asarray(most)
    exponents = e * np.where(np.isfinite(top), c - np.where(np.isfinite(top), top, 0.0), 0.0)  # none above 0
    if softmax:
        return np.asarray(most + np.log(np.exp(exponents).sum(axis=axis)) / e)
    found = most + np.log1p(np.expm1(exponents).mean(axis=axis)) / e
    flat = exponents.min(axis=axis) > -(2.0**-54)  # then the mean is nearer than rounding: |MEX_e - mean| <= |e| range^2 / 8
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(flat & np.isfinite(most), c.mean(axis=axis), found))


def namespace(array: Any) -> Any:
    """numpy, or the module of another array type with its names for functions, such as torch."""
    return np if isinstance(array, np.ndarray | np.generic) else sys.modules[type(array).__module__]


class Signed(NamedTuple):
    """Numbers sign * exp(log); zero has sign 0 and log -inf. ``bound``: how far ``log`` is at most from its exact value, so that
    the number is right up to a factor exp(+-bound); infinite where cancellation leaves nothing certain, sign included.

    The arrays are numpy's or torch's, on any device; what is computed from them stays there."""

    log: Floats
    sign: Floats
    bound: Floats

    @staticmethod
    def of(values: Any, dtype: Any = np.float64) -> Signed:
        """Signed logarithms of floats: a torch tensor, or whatever numpy makes an array of."""
        xp = namespace(values) if hasattr(values, "device") else np
        exact = xp.asarray(values, dtype=getattr(xp, np.dtype(dtype).name))
        with np.errstate(divide="ignore"):
            log = xp.log(xp.abs(exact))
        u = float(np.finfo(dtype).eps) / 2
        wide = xp.asarray(xp.where(exact == 0, 0.0, log), dtype=xp.float64)
        return Signed(log, xp.sign(exact), FUNCTION_ERROR * u * xp.abs(wide) * _UP)

    def relative_error(self) -> Floats:
        """exp(bound) - 1: a bound on the relative error of the numbers."""
        xp = namespace(self.bound)
        return xp.expm1(self.bound * _UP) * _UP  # type: ignore[no-any-return]

    def numbers(self, system: Floating) -> RoundedArray:
        """sign * exp(log) over float64 or float32, with error bounds; of numpy arrays."""
        u = float(np.finfo(system.dtype).eps) / 2
        with np.errstate(over="ignore", under="ignore"):
            value = np.asarray(self.sign * np.exp(np.float64(self.log)), dtype=system.dtype)
            away = np.expm1((self.bound + (FUNCTION_ERROR + 1) * u) * _UP) * _UP
            bound = np.where(self.sign == 0, 0.0, np.abs(np.float64(value)) * away * _UP + float(np.finfo(system.dtype).tiny))
        return RoundedArray(system, (value, np.where(np.isfinite(value), bound, math.inf)))


@dataclass(frozen=True, eq=False)
class SimNet:
    """The log-space twin of a network with product pooling; computes in float64 or float32."""

    network: Network
    dtype: Any = np.float64

    def __post_init__(self) -> None:
        if self.network.pool != "product":
            raise UsageError("SimNet: the log-space twin is one of a network with product pooling")

    @property
    def roundoff(self) -> float:
        """The unit roundoff u."""
        return float(np.finfo(self.dtype).eps) / 2

    def forward(self, values: Signed) -> Signed:
        """All outputs (.., outputs) at inputs (.., N, M) given as signed logarithms of f_d(x_i), with proved error bounds.

        The bounds suppose exp and log right to 4 units in the last place, and sums in any order. They are computed where the
        values are: by numpy, or by torch on its device. Raises :class:`UsageError` for another shape.
        """
        if tuple(values.log.shape[-2:]) != (self.network.modes, self.network.dimension):
            expected = f"{self.network.modes} x {self.network.dimension}"
            raise UsageError(f"SimNet: takes signed logarithms of shape (.., {expected}), got {tuple(values.log.shape)}")
        return self._climb(self.network.tree, values)

    def _climb(self, node: Node, values: Signed) -> Signed:
        if not node.children:
            entering = Signed(*(part[..., node.mode, :] for part in values))
        else:
            entering = self._product([self._climb(child, values) for child in node.children])
        return self._weighted(node, entering)

    def _product(self, children: list[Signed]) -> Signed:
        """Sum pooling: logarithms add, signs multiply."""
        log, sign, bound = children[0]
        xp = namespace(log)
        for child in children[1:]:
            sign = sign * child.sign
            log = self._rounded(xp.where(sign == 0, -math.inf, log + child.log))
            finite = xp.abs(_wide(xp.where(sign == 0, 0, log)))
            bound = xp.where(sign == 0, 0.0, (bound + child.bound + self.roundoff * finite) * _UP)
        return Signed(log, sign, bound)

    def _weighted(self, node: Node, entering: Signed) -> Signed:
        """A convolution: log |sum_i s_i exp(b_i + x_i)|, the MEX layer in softmax mode with e = 1 where all signs are 1.

        With t_i = exp(b_i + x_i - top) each off by a relative e_i, the sum is off by at most sum t_i e_i + gamma_n sum t_i.
        """
        u, weights, xp = self.roundoff, self._weights(node, entering.log), namespace(entering.log)
        sign = weights.sign * entering.sign[..., None, :]
        terms = self._rounded(xp.where(sign == 0, -math.inf, weights.log + entering.log[..., None, :]))
        top = xp.amax(terms, axis=-1, keepdims=True)
        top = self._rounded(xp.where(xp.isfinite(top), top, 0))
        shifted = xp.exp(terms - top)
        size, each = _wide(shifted), self._errors(terms, top, weights.bound + entering.bound[..., None, :])
        unknown = xp.isinf(each).any(axis=-1)
        each = xp.expm1((xp.where(xp.isinf(each), 0.0, each) + FUNCTION_ERROR * u) * _UP) * _UP
        count = terms.shape[-1]
        error = ((size * each).sum(axis=-1) + count * u / (1 - count * u) * (size * (1 + each)).sum(axis=-1)) * _UP
        error = error + count * float(np.finfo(self.dtype).smallest_normal)  # terms that underflow
        error = xp.where(unknown, math.inf, error)
        total = self._rounded((sign * shifted).sum(axis=-1))
        return self._logarithm(total, error, top[..., 0], (sign == 0).all(axis=-1))

    def _errors(self, terms: Floats, top: Floats, bound: Floats) -> Floats:
        """How far b_i + x_i - top is at most from its exact value."""
        xp = namespace(terms)
        finite = xp.isfinite(terms)
        sums, shifts = _wide(xp.where(finite, xp.abs(terms), 0)), _wide(xp.abs(xp.where(finite, terms - top, 0)))
        return bound + self.roundoff * (sums + shifts) * _UP

    def _logarithm(self, total: Floats, error: Floats, top: Floats, zero: Floats) -> Signed:
        """log |T| + top; where the error reaches |T| nothing is known, and the value stands for 1 with an infinite bound."""
        u, xp = self.roundoff, namespace(total)
        magnitude = xp.abs(_wide(total))
        known = (error < magnitude) & ~zero
        safe, share = xp.where(known, xp.abs(total), 1), xp.where(known, error / xp.where(known, magnitude, 1.0), 0.0)
        part = xp.log(safe)
        log = self._rounded(part + top)
        with np.errstate(divide="ignore"):
            moved = -xp.log1p(-xp.clip(share * _UP, None, 1.0))  # |log(T + d) - log T| <= -log(1 - d / T)
        rounding = FUNCTION_ERROR * u * xp.abs(_wide(part)) + u * xp.abs(_wide(log))
        bound = xp.where(known & xp.isfinite(log), (moved + rounding) * _UP, math.inf)
        log = self._rounded(xp.where(zero, -math.inf, xp.where(known, log, 0)))
        return Signed(log, xp.where(zero, 0, xp.where(known, xp.sign(total), 1)), xp.where(zero, 0.0, bound))

    def _rounded(self, x: Floats) -> Floats:
        """In the type that the twin computes in."""
        xp = namespace(x)
        return xp.asarray(x, dtype=getattr(xp, np.dtype(self.dtype).name))  # type: ignore[no-any-return]

    def _weights(self, node: Node, like: Floats) -> Signed:
        """The signed logarithms of a matrix, where ``like`` is; rounding a weight to a float moves them by at most 2 u."""
        matrix = self.network.matrix(node)
        entries = matrix.planes[0] if not matrix.system.exact else np.array(matrix.tolist(), dtype=object)
        rounded = entries.astype(np.float64).astype(self.dtype)
        if not np.isfinite(rounded).all() or ((rounded == 0) & (entries != 0)).any():
            raise UsageError(f"SimNet: a weight of node {node.name!r} is out of the range of {np.dtype(self.dtype)}")
        found = Signed.of(rounded, self.dtype)
        found = found._replace(bound=np.where(found.sign == 0, 0.0, found.bound + 4 * self.roundoff))
        if isinstance(like, np.ndarray):
            return found
        return Signed(*(namespace(like).asarray(part, device=like.device) for part in found))


def _wide(x: Floats) -> Floats:
    xp = namespace(x)
    return xp.asarray(x, dtype=xp.float64)  # type: ignore[no-any-return]
