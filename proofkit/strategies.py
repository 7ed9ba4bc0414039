"""Hypothesis strategies: random instances of what a statement declares; they shrink to small ones."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import product

from hypothesis import strategies as st

from proofkit.evaluate import Instance, PolynomialMatrix
from proofkit.fields import Array, NumberSystem, PrimeField
from proofkit.statements import Declaration, Declarations, Mode

MAX_DEGREE = 2


@st.composite
def instances(
    draw: st.DrawFn,
    declarations: Declarations,
    system: NumberSystem,
    max_size: int = 3,
    max_order: int = 4,
    sizes: Mapping[str, int | Sequence[int]] | None = None,
    weights: Mapping[str, tuple[int, ...]] | None = None,
) -> Instance:
    """Instances over ``system``: sizes from 1 to ``max_size``, bundles of at most ``max_order`` modes.

    ``sizes`` fixes some sizes and gives the channel lists; ``weights`` are further arrays by name and shape,
    such as those of a family. Entries are integers from -3 to 3, or residues; the degree of
    polynomials is at most 2.
    """
    chosen: dict[str, int | Sequence[int]] = dict(sizes or {})
    for name in sorted(declarations.sizes - chosen.keys()):
        chosen[name] = draw(st.integers(1, max_size))
    frame = Instance(chosen, {}, system)
    arrays: dict[str, Array | PolynomialMatrix] = {}
    for name, declaration in declarations.items():
        shape = [n for mode in declaration.shape for n in draw(_modes(mode, frame, max_order))]
        if declaration.argument is None:
            arrays[name] = draw(_arrays(system, shape))
        else:
            arrays[name] = draw(_polynomials(declaration, frame, shape))
    for name, dims in (weights or {}).items():
        arrays[name] = draw(_arrays(system, dims))
    return Instance(chosen, arrays, system)


def entries(system: NumberSystem) -> st.SearchStrategy[int]:
    """Entries that shrink to 0: all residues of a prime field, small integers elsewhere."""
    if isinstance(system, PrimeField):
        return st.integers(0, system.p - 1)
    return st.integers(-3, 3)


@st.composite
def _arrays(draw: st.DrawFn, system: NumberSystem, shape: Sequence[int]) -> Array:
    count = math.prod(shape)
    flat = draw(st.lists(entries(system), min_size=count, max_size=count))
    return system.array(flat).reshape(*shape)


@st.composite
def _polynomials(draw: st.DrawFn, declaration: Declaration, frame: Instance, shape: Sequence[int]) -> PolynomialMatrix:
    variables = frame.extent(declaration.argument or ())
    monomials = [each for each in product(range(MAX_DEGREE + 1), repeat=variables) if sum(each) <= MAX_DEGREE]
    chosen = draw(st.lists(st.sampled_from(monomials), min_size=1, max_size=3, unique=True))
    return PolynomialMatrix(tuple((each, draw(_arrays(frame.system, shape))) for each in chosen))


@st.composite
def _modes(draw: st.DrawFn, mode: Mode, frame: Instance, max_order: int) -> list[int]:
    """The concrete modes of a mode: of a bundle, its two sizes each split into one factor a pair of modes."""
    if len(mode) == 1:
        return [frame.extent(mode[0])]
    odd, even = (frame.extent(group) for group in mode)
    fewest = 0 if odd == even == 1 else 1
    pairs = draw(st.integers(fewest, max(fewest, max_order // 2)))
    sides = (draw(_factors(odd, pairs)), draw(_factors(even, pairs)))
    return [n for pair in zip(*sides, strict=True) for n in pair]


@st.composite
def _factors(draw: st.DrawFn, number: int, count: int) -> list[int]:
    """``count`` positive integers with the given product."""
    factors: list[int] = []
    for _ in range(count - 1):
        divisor = draw(st.sampled_from([n for n in range(1, number + 1) if number % n == 0]))
        factors.append(divisor)
        number //= divisor
    return factors + [number] * (count > 0)
