"""Products, matricizations and levels of matrices and tensors, over every number system and for numpy arrays.

Arrays of a number system (:mod:`proofkit.fields`) go in and come out; so do numpy arrays. Integer numpy arrays are
computed exactly and come out as int64, or OverflowError is raised: nothing wraps silently. Object arrays of ints and
Fractions are exact without limit. Numpy's floating types are computed by numpy, without an error bound.

Modes are counted from 0 in code; the papers count them from 1, so that their odd modes 1, 3, 5, ... are 0, 2, 4, ...
here. In every matricization the first listed mode varies slowest. A vector has one mode and no orientation.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from proofkit.fields import Array, NumberSystem, Q, contract
from proofkit.fields.arrays import Plane

A = TypeVar("A", bound=Array | NDArray[Any])
Shape = tuple[int, ...]

_OUTPUT = r"([A-Za-z]|\([A-Za-z]+\))*"  # of einsum: letters, and groups of them that make one mode


def kron(*a: A) -> A:
    """The Kronecker product: entry at (i1 i2 .., j1 j2 ..) is A1[i1, j1] A2[i2, j2] ..; the first varies slowest.

    Matrices m x n and p x q give mp x nq, vectors of m and p give mp; in general all factors have one order and
    each mode of the result is the product of theirs. Raises ValueError where orders differ.
    """
    shapes = _shapes("kron", a)
    order = len(shapes[0])
    if any(len(shape) != order for shape in shapes):
        raise _mismatch("kron", "factors of one order, such as all matrices", shapes)
    terms = [[k * order + mode for mode in range(order)] for k in range(len(a))]
    out = [labels[mode] for mode in range(order) for labels in terms]
    return _contracted("kron", a, terms, out, [math.prod(sizes) for sizes in zip(*shapes, strict=True)])


def khatri_rao(*a: A) -> A:
    """The column-wise Kronecker product: m x n and p x n give mp x n. Raises ValueError for other shapes."""
    shapes = _shapes("khatri_rao", a)
    if any(len(shape) != 2 or shape[1] != shapes[0][-1] for shape in shapes):
        raise _mismatch("khatri_rao", "matrices with equally many columns", shapes)
    terms = [[k + 1, 0] for k in range(len(a))]
    rows = math.prod(shape[0] for shape in shapes)
    return _contracted("khatri_rao", a, terms, [*range(1, len(a) + 1), 0], [rows, shapes[0][1]])


def hadamard(*a: A) -> A:
    """The entrywise product of arrays of one shape. Raises ValueError where shapes differ."""
    shapes = _shapes("hadamard", a)
    if any(shape != shapes[0] for shape in shapes):
        raise _mismatch("hadamard", "factors of one shape", shapes)
    modes = list(range(len(shapes[0])))
    return _contracted("hadamard", a, [modes] * len(a), modes)


def tensor_product(*a: A) -> A:
    """The tensor product: the modes of all factors one after another."""
    terms, start = [], 0
    for shape in _shapes("tensor_product", a):
        terms.append(list(range(start, start + len(shape))))
        start += len(shape)
    return _contracted("tensor_product", a, terms, list(range(start)))


def outer(*vectors: A) -> A:
    """The tensor product of vectors: one mode each. Raises ValueError for operands that are not vectors."""
    shapes = _shapes("outer", vectors)
    if any(len(shape) != 1 for shape in shapes):
        raise _mismatch("outer", "vectors", shapes)
    modes = list(range(len(vectors)))
    return _contracted("outer", vectors, [[k] for k in modes], modes)


def matricize(t: A, rows: Sequence[int], columns: Sequence[int]) -> A:
    """The matrix with the modes ``rows`` of ``t`` as row index and ``columns`` as column index, in the order listed.

    Together they list every mode once; either may be empty (one row, one column). Raises ValueError otherwise.
    """
    shape = _shapes("matricize", [t])[0]
    if sorted([*rows, *columns]) != list(range(len(shape))):
        raise ValueError(
            f"matricize: rows {list(rows)} and columns {list(columns)} must list each of the modes of a tensor of "
            f"shape {shape} once, counted from 0"
        )
    sizes = [math.prod(shape[mode] for mode in group) for group in (rows, columns)]
    return _contracted("matricize", [t], [list(range(len(shape)))], [*rows, *columns], sizes)


def odd_even(t: A) -> A:
    """The matricization with modes 0, 2, 4, ... (the papers' odd ones) as rows and 1, 3, 5, ... as columns."""
    order = len(_shapes("odd_even", [t])[0])
    return matricize(t, range(0, order, 2), range(1, order, 2))


def einsum(subscripts: str, *a: A) -> A:
    """Any sum of products, as numpy's einsum with an explicit output: ``einsum("ij,jk->ik", a, b)``.

    A letter may stand in any number of factors, repeat in one factor, and repeat in the output (zero off the
    diagonal). Letters of the output in parentheses make one mode, the first varying slowest: "ia,ka->(ik)a".
    Raises ValueError for other characters, a missing ``->`` and shapes that do not match.
    """
    shapes = _shapes("einsum", a)
    factors, arrow, output = subscripts.replace(" ", "").partition("->")
    words = factors.split(",")
    groups = [group.strip("()") for group in re.findall(r"[A-Za-z]|\([A-Za-z]+\)", output)]
    if not arrow or not all(letter.isalpha() for letter in "".join(words)) or not re.fullmatch(_OUTPUT, output):
        raise ValueError(f"einsum: {subscripts!r} must be letters, commas and one ->, such as 'ij,jk->ik'")
    if [len(word) for word in words] != [len(shape) for shape in shapes]:
        raise _mismatch("einsum", f"operands with one mode for each letter of {factors!r}", shapes)
    terms = [[ord(letter) for letter in word] for word in words]
    letters = "".join(groups)
    sizes = _check_sizes(subscripts, words, shapes, letters)
    modes = [math.prod(sizes[letter] for letter in group) for group in groups]
    return _contracted("einsum", a, terms, [ord(letter) for letter in letters], modes)


def matmul(a: A, b: A) -> A:
    """numpy's ``@`` for matrices and vectors; the product of two vectors is a number (no modes)."""
    shapes = _shapes("matmul", [a, b])
    left, right = shapes
    if len(left) not in (1, 2) or len(right) not in (1, 2) or left[-1] != right[0]:
        raise _mismatch("matmul", "matrices or vectors, left's last mode as long as right's first", shapes)
    rows, columns = list(range(1, len(left))), list(range(2, len(right) + 1))
    return _contracted("matmul", [a, b], [[*rows, 0], [0, *columns]], rows + columns)


def transpose(a: A) -> A:
    """The transpose of a matrix; a vector and a scalar are unchanged. Raises ValueError for other orders."""
    shape = _shapes("transpose", [a])[0]
    if len(shape) > 2:
        raise _mismatch("transpose", "a matrix or a vector", [shape])
    modes = list(range(len(shape)))
    return _contracted("transpose", [a], [modes], modes[::-1])


def vec(a: A) -> A:
    """The columns of a matrix stacked: m x n gives mn, with vec(A X B) = kron(B.T, A) vec(X)."""
    shape = _matrix_shape("vec", a)
    return _contracted("vec", [a], [[0, 1]], [1, 0], [math.prod(shape)])


def diag(v: A) -> A:
    """The n x n matrix with the vector ``v`` on its diagonal."""
    shape = _shapes("diag", [v])[0]
    if len(shape) != 1:
        raise _mismatch("diag", "a vector", [shape])
    return _contracted("diag", [v], [[0]], [0, 0])


def diagonal(a: A) -> A:
    """The diagonal of a square matrix, as a vector."""
    _square("diagonal", a)
    return _contracted("diagonal", [a], [[0, 0]], [0])


def trace(a: A) -> A:
    """The sum of the diagonal of a square matrix (an array without modes)."""
    _square("trace", a)
    return _contracted("trace", [a], [[0, 0]], [])


def mode_product(t: A, a: A, k: int) -> A:
    """Mode ``k`` of ``t`` contracted with the columns of ``a``: mode k of the result has the size of a's rows.

    result[.., i, ..] = sum_j a[i, j] t[.., j, ..]. Raises ValueError where there is no such mode or sizes differ.
    """
    shapes = _shapes("mode_product", [t, a])
    shape, matrix = shapes
    if not 0 <= k < len(shape) or len(matrix) != 2 or matrix[1] != shape[k]:
        raise _mismatch("mode_product", f"a tensor with mode {k} and a matrix with as many columns as it", shapes)
    modes, new = list(range(len(shape))), len(shape)
    return _contracted("mode_product", [t, a], [modes, [new, k]], [new if mode == k else mode for mode in modes])


def level(w: A, *xs: A) -> A:
    """Product pooling followed by a 1 x 1 convolution.

    The last mode of each x is its channel, of one size a; ``w`` is g x a, or a vector of a. Entry at
    (modes of x1 .., modes of x2 .., .., g) is sum_a w[g, a] x1[.., a] x2[.., a] ..; without the mode g for a vector.
    Cohen, Sharir and Shashua, On the Expressive Power of Deep Learning, COLT 2016, section 3.
    """
    shapes = _shapes("level", [w, *xs])
    if not xs or len(shapes[0]) not in (1, 2) or any(not s or s[-1] != shapes[0][-1] for s in shapes):
        raise _mismatch("level", "weights g x a or a, and at least one operand, all with last mode of size a", shapes)
    # Index 0 is the channel of the operands, index 1 that of the result.
    terms, start = [[1, 0][-len(shapes[0]) :]], 2
    for shape in shapes[1:]:
        terms.append([*range(start, start + len(shape) - 1), 0])
        start += len(shape) - 1
    return _contracted("level", [w, *xs], terms, [*range(2, start), *terms[0][:-1]])


def commutation(m: int, n: int, system: NumberSystem) -> Array:
    """The mn x mn matrix K with K vec(A) = vec(A.T) for every A of shape m x n."""
    return contract([(0, 1), (2, 3)], (0, 2, 3, 1), [system.eye(m), system.eye(n)]).reshape(m * n, m * n)


def eye(m: int, n: int | None = None, *, system: NumberSystem) -> Array:
    """The m x n matrix with ones where the two indices are equal; m x m without n."""
    return system.eye(m, n)


def ones(*shape: int, system: NumberSystem) -> Array:
    """The array of ones of this shape."""
    return system.ones(*shape)


def zeros(*shape: int, system: NumberSystem) -> Array:
    """The array of zeros of this shape."""
    return system.zeros(*shape)


def _shapes(name: str, operands: Sequence[A]) -> list[Shape]:
    if not operands:
        raise ValueError(f"{name}: needs at least one operand")
    for position, operand in enumerate(operands):
        if not isinstance(operand, Array | np.ndarray):
            raise TypeError(
                f"{name}: operand {position} is a {type(operand).__name__}; make it a numpy array or an array of a number system"
            )
    return [operand.shape for operand in operands]


def _mismatch(name: str, wanted: str, shapes: Sequence[Shape]) -> ValueError:
    found = ", ".join(str(shape) for shape in shapes)
    return ValueError(f"{name}: needs {wanted}; got shape{'s' if len(shapes) > 1 else ''} {found}")


def _matrix_shape(name: str, a: A) -> Shape:
    shape = _shapes(name, [a])[0]
    if len(shape) != 2:
        raise _mismatch(name, "a matrix", [shape])
    return shape


def _square(name: str, a: A) -> None:
    shape = _matrix_shape(name, a)
    if shape[0] != shape[1]:
        raise _mismatch(name, "a square matrix", [shape])


def _check_sizes(subscripts: str, words: Sequence[str], shapes: Sequence[Shape], output: str) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for word, shape in zip(words, shapes, strict=True):
        for letter, n in zip(word, shape, strict=True):
            if sizes.setdefault(letter, n) != n:
                raise ValueError(f"einsum: {letter!r} in {subscripts!r} has sizes {sizes[letter]} and {n}")
    for letter in output:
        if letter not in sizes:
            raise ValueError(f"einsum: the output index {letter!r} of {subscripts!r} is in no factor")
    return sizes


def _contracted(
    name: str,
    operands: Sequence[A],
    terms: Sequence[Sequence[int]],
    out: Sequence[int],
    shape: Sequence[int] | None = None,
) -> A:
    """The contraction of arrays or numpy arrays, given the shape ``shape`` in the end."""
    arrays, lower = _lifted(name, operands)
    result = contract(terms, out, arrays)
    lowered: A = lower(result if shape is None else result.reshape(*shape))
    return lowered


def _lifted(name: str, operands: Sequence[Any]) -> tuple[list[Array], Callable[[Array], Any]]:
    """The operands over one number system, and the way back to what the caller gave."""
    given = [operand for operand in operands if isinstance(operand, Array)]
    if given:
        system = given[0].system
        return [a if isinstance(a, Array) else system.array(a) for a in operands], lambda result: result
    kinds = {operand.dtype.kind for operand in operands}
    if kinds <= set("iub"):
        return [Q.array(a) for a in operands], lambda result: _as_int64(name, result)
    if kinds <= set("iubO") and all(_is_rational(a) for a in operands):
        return [Q.array(a) for a in operands], lambda result: Q.fractions(result)
    system = plain(np.result_type(*operands))
    return [system.array(a) for a in operands], lambda result: result.planes[0]


def _as_int64(name: str, result: Array) -> NDArray[Any]:
    if result.planes[0].dtype != np.int64:
        raise OverflowError(f"{name}: the result exceeds int64; give arrays of dtype object, or over proofkit.fields.Q")
    return result.planes[0]


def _is_rational(a: NDArray[Any]) -> bool:
    return a.dtype != object or all(isinstance(entry, int | Fraction | np.integer) for entry in a.flat)


def plain(dtype: np.dtype[Any]) -> NumberSystem:
    """numpy's own arithmetic on one floating type, as a number system: no exactness and no bounds are claimed."""
    return _Plain(np.dtype(dtype))


class _Plain(NumberSystem):
    """numpy's own arithmetic on one dtype: no exactness and no bounds are claimed."""

    exact = False

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self.dtype = dtype
        self.name = f"numpy {dtype}"

    def encode(self, values: NDArray[Any]) -> tuple[tuple[Plane, ...], int]:
        return (values.astype(self.dtype),), 1

    def add(self, x: Array, y: Array) -> Array:
        return Array(self, (np.asarray(x.planes[0] + y.planes[0]),))

    def negate(self, x: Array) -> Array:
        return Array(self, (np.asarray(-x.planes[0]),), x.batch)

    def product(self, x: Array, y: Array) -> Array:
        left, right = x.planes[0], y.planes[0]
        if x.shape[2] == 0:
            return Array(self, (np.zeros((x.shape[0], x.shape[1], y.shape[2]), dtype=self.dtype),))
        return Array(self, (np.asarray(left * right if x.shape[2] == 1 else np.matmul(left, right)),))

    def total(self, x: Array) -> Array:
        return Array(self, (np.asarray(x.planes[0].sum(axis=-1), dtype=self.dtype),))

    def entries_equal(self, x: Array, y: Array) -> NDArray[np.bool_]:
        return np.asarray(x.planes[0] == y.planes[0], dtype=np.bool_)

    def maximum(self, x: Array, y: Array) -> Array:
        return Array(self, (np.asarray(np.maximum(x.planes[0], y.planes[0])),), x.batch)

    def tolist(self, x: Array) -> Any:
        return x.planes[0].tolist()
