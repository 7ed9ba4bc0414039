"""Number systems and their arrays: one small set of operations, so that one piece of code runs over all of them.

Exact: the rationals ``Q`` and the prime fields ``GF(p)``. Rounded, with a proved error bound beside every entry:
``FLOAT64``, ``FLOAT32`` and ``Multiprecision(digits)``; under an assumed model of rounding, ``TF32`` and ``BF16``.

Reading order: ``budget`` (which machine type holds a sum exactly), ``arrays`` (the interface and the contraction
that every system shares), ``exact`` (Q and GF(p)), ``rounded`` (floating point with bounds), ``narrow`` (matrix units).
"""

from proofkit.fields.arrays import Array, NumberSystem, Scalar, contract, stack
from proofkit.fields.budget import Budget, budget, representation
from proofkit.fields.exact import GF, PrimeField, Q, Rationals
from proofkit.fields.narrow import BF16, TF32, Narrow
from proofkit.fields.rounded import FLOAT32, FLOAT64, MP50, Floating, Multiprecision, Rounded, RoundedArray

__all__ = [
    "BF16",
    "FLOAT32",
    "FLOAT64",
    "GF",
    "MP50",
    "TF32",
    "Array",
    "Budget",
    "Floating",
    "Multiprecision",
    "Narrow",
    "NumberSystem",
    "PrimeField",
    "Q",
    "Rationals",
    "Rounded",
    "RoundedArray",
    "Scalar",
    "budget",
    "contract",
    "representation",
    "stack",
]
