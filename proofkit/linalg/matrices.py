"""Matrices as a user has them: integers of any size, rationals, floats (their exact values), sparse files.

``Given`` holds one such matrix and answers what an exact rank needs of it: residues mod p, integers over a common scale, and the
words in which a certificate states it.
"""

from __future__ import annotations

import math
import zipfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from proofkit.errors import UsageError
from proofkit.fields import Array, PrimeField, Q
from proofkit.linalg.memory import require_memory

Integers = NDArray[Any]


class Words(NamedTuple):
    """Little-endian words: "int" (two's complement), "uint" or "float"; ``width`` bytes each."""

    type: str
    width: int
    data: bytes


class Given:
    """An m x n matrix over Q: ``entries`` integers (any numpy integer type, or Python integers) or floats, and, where there are
    fractions, their ``denominators`` (positive, entrywise)."""

    def __init__(self, entries: NDArray[Any], denominators: NDArray[Any] | None = None) -> None:
        self.entries, self.denominators = entries, denominators

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        m, n = self.entries.shape
        return m, n

    @property
    def floating(self) -> bool:
        """Whether the entries are floats."""
        return self.entries.dtype.kind == "f"

    def invertible_denominators(self, p: int) -> bool:
        """Whether the prime p divides the denominator of no entry."""
        if self.floating:
            return p != 2
        return self.denominators is None or all(int(b) % p for b in set(self.denominators.flat))

    def residues(self, p: int) -> Integers:
        """Whole numbers below 2^63 that are congruent to the entries mod p < 2^25. Raises ValueError where p divides a
        denominator."""
        if self.floating:
            return _float_residues(self.entries, p)
        if self.denominators is not None:
            return _quotients(self.entries, self.denominators, p)
        if self.entries.dtype == object:
            return np.array([int(x) % p for x in self.entries.flat], dtype=np.int64).reshape(self.shape)
        return self.entries

    def integral(self) -> tuple[Integers, int]:
        """Python integers and a scale c > 0 such that they are c times the matrix."""
        if self.floating:
            values = [Fraction(*x.as_integer_ratio()) for x in self.entries.ravel().tolist()]
        elif self.denominators is not None:
            values = [Fraction(int(a), int(b)) for a, b in zip(self.entries.flat, self.denominators.flat)]
        else:
            return self.entries.astype(object), 1
        scale = math.lcm(1, *{value.denominator for value in values})
        return _objects([int(value * scale) for value in values], self.shape), scale

    def words(self) -> tuple[Words, Words | None]:
        """Entries and denominators at the smallest width that holds them."""
        if self.floating:
            with np.errstate(over="ignore"):
                single = self.entries.astype(np.float32)
            exact = np.array_equal(single.astype(np.float64), self.entries)
            chosen = single if exact else self.entries.astype(np.float64)
            return Words("float", chosen.itemsize, chosen.astype(f"<f{chosen.itemsize}").tobytes()), None
        below = None if self.denominators is None else integer_words(self.denominators, signed=False)
        return integer_words(self.entries), below


def integer_words(entries: Integers, signed: bool = True) -> Words:
    """Integers of any size as words of the smallest width that holds them all."""
    low, high = (int(entries.min()), int(entries.max())) if entries.size else (0, 0)
    bits = max(high.bit_length() if high > 0 else 0, (-low - 1).bit_length() if low < 0 else 0) + int(signed)
    width = max(1, -(-bits // 8))
    kind = "int" if signed else "uint"
    if width > 8:
        flat = (int(x).to_bytes(width, "little", signed=signed) for x in entries.flat)
        return Words(kind, width, b"".join(flat))
    wide = np.ascontiguousarray(entries.astype("<i8" if signed else "<u8"))
    octets = wide.view(np.uint8).reshape(-1, 8)[:, :width]
    return Words(kind, width, octets.tobytes())


def read(a: Any) -> Given:
    """A matrix from nested lists, a numpy array, a scipy sparse matrix, or an array over Q or GF(p).

    Raises :class:`UsageError` for what is no matrix of integers, rationals or finite floats.
    """
    if isinstance(a, Given):
        return a
    if isinstance(a, Array):
        return _from_array(a)
    if hasattr(a, "toarray") and hasattr(a, "nnz"):
        require_memory(math.prod(a.shape) * a.dtype.itemsize, f"a sparse {a.shape[0]} x {a.shape[1]} matrix, made dense,")
        a = a.toarray()
    try:
        values = a if isinstance(a, np.ndarray) else _nested(a)
    except (ValueError, TypeError, OverflowError):
        raise UsageError("rank: give a matrix as a list of rows of numbers, or an array") from None
    if values.ndim == 1 and values.size == 0:
        values = values.reshape(0, 0)
    if values.ndim == 1 and isinstance(values[0], list | tuple):
        raise UsageError("rank: the rows have different lengths")
    if values.ndim != 2:
        raise UsageError(f"rank: needs a matrix, got an array of shape {values.shape}")
    return _from_numpy(values)


def _nested(rows: Any) -> NDArray[Any]:
    """Lists of numbers; Python integers and Fractions stay what they are."""
    found = np.array(rows, dtype=object)
    kinds = {type(x) for x in found.flat}
    if kinds <= {float, np.float64, np.float32, np.float16}:
        return found.astype(np.float64)
    if float in kinds and kinds <= {int, bool, float, Fraction}:
        return _objects([Fraction(*x.as_integer_ratio()) if math.isfinite(x) else x for x in found.flat], found.shape)
    return found


def _from_array(a: Array) -> Given:
    if a.batch is not None or a.ndim != 2:
        raise UsageError(f"rank: needs one matrix, got shape {a.shape}{'' if a.batch is None else ' in a batch'}")
    if not (a.system == Q or isinstance(a.system, PrimeField)):
        raise UsageError(f"rank: arrays over {a.system.name} are not exact; see proofkit.linalg.floating")
    entries = a.planes[0]
    return Given(entries) if a.denominator == 1 else Given(entries, _objects([a.denominator] * entries.size, entries.shape))


def _from_numpy(values: NDArray[Any]) -> Given:
    kind = values.dtype.kind
    if kind == "b":
        return Given(values.astype(np.int8))
    if kind in "iu":
        return Given(values)
    if kind == "f" and values.dtype.itemsize <= 8:
        return _from_floats(values)
    if kind == "O":
        return _from_objects(values)
    raise UsageError(f"rank: entries of type {values.dtype} are not exact numbers; give integers, Fractions or float64")


def _from_floats(values: NDArray[Any]) -> Given:
    bad = np.argwhere(~np.isfinite(values))
    if bad.size:
        i, j = bad[0].tolist()
        raise UsageError(f"rank: the entry in row {i}, column {j} is {values[i, j]}, which is no number")
    if values.size and float(np.abs(values).max()) < 2.0**53 and (values == np.rint(values)).all():
        return Given(values.astype(np.int64))
    return Given(values.astype(np.float64))


def _from_objects(values: NDArray[Any]) -> Given:
    tops, bottoms = [], []
    for (i, j), x in np.ndenumerate(values):
        if isinstance(x, float | np.floating) and math.isfinite(x):
            x = Fraction(*x.as_integer_ratio())
        if not isinstance(x, int | np.integer | np.bool_ | Fraction) and not (hasattr(x, "p") and hasattr(x, "q")):
            raise UsageError(f"rank: the entry in row {i}, column {j} is {str(x)[:40]!r}, a {type(x).__name__}; not exact")
        top, bottom = (x.p, x.q) if hasattr(x, "q") else (x.numerator, x.denominator)
        tops.append(int(top))
        bottoms.append(int(bottom))
    entries = _objects(tops, values.shape)
    if any(b != 1 for b in bottoms):
        return Given(entries, _objects(bottoms, values.shape))
    small = not tops or (max(tops) < 2**63 and min(tops) >= -(2**63))
    return Given(entries.astype(np.int64) if small else entries)


def _objects(values: list[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found.reshape(shape)


def _float_residues(values: NDArray[np.float64], p: int) -> Integers:
    """m 2^e mod p for whole m below 2^53."""
    if p == 2:
        raise ValueError("floats have powers of two as denominators, which 2 divides")
    part, exponent = np.frexp(values)
    whole = np.ldexp(part, 53).astype(np.int64)
    found, place = np.unique(exponent, return_inverse=True)
    powers = np.array([pow(2, int(e) - 53, p) for e in found], dtype=np.int64)
    return np.asarray(whole % p * powers[place.reshape(values.shape)] % p)


def _quotients(tops: Integers, bottoms: Integers, p: int) -> Integers:
    inverses = {b: pow(int(b), -1, p) for b in {int(b) for b in bottoms.flat}}
    flat = [int(a) * inverses[int(b)] % p for a, b in zip(tops.flat, bottoms.flat)]
    return np.array(flat, dtype=np.int64).reshape(tops.shape)


def load(path: Path) -> Given:
    """A matrix from a .npy file, or a sparse one from a .npz file as scipy.sparse writes it. Nothing is unpickled.

    Raises :class:`UsageError` for a file that is neither, and for one that does not fit in memory.
    """
    if not path.is_file():
        raise UsageError(f"{path}: no such file; give a .npy file, or a sparse .npz file")
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                require_memory(2 * sum(info.file_size for info in archive.infolist()), f"{path}")
            with np.load(path, allow_pickle=False) as parts:
                return read(_sparse(path, {name: parts[name] for name in parts.files}))
        require_memory(path.stat().st_size, f"{path}")
        return read(np.load(path, allow_pickle=False))
    except UsageError:
        raise
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, EOFError) as error:
        reason = "it holds Python objects" if "Object arrays" in str(error) else "it is not what numpy or scipy.sparse writes"
        raise UsageError(f"{path}: cannot be read: {reason}; write it with numpy.save or scipy.sparse.save_npz") from None


def _sparse(path: Path, parts: dict[str, NDArray[Any]]) -> NDArray[Any]:
    """The dense matrix of a scipy.sparse file; entries given twice are added, as scipy does."""
    form = bytes(parts["format"].item()).decode() if parts["format"].dtype.kind == "S" else str(parts["format"].item())
    readers: dict[str, Callable[[], tuple[NDArray[Any], NDArray[Any]]]] = {
        "csr": lambda: (_expanded(parts, 0), parts["indices"]),
        "csc": lambda: (parts["indices"], _expanded(parts, 1)),
        "coo": lambda: (parts["row"], parts["col"]),
    }
    if form not in readers:
        raise UsageError(f"{path}: the sparse format {form[:10]!r} is not read; convert it with .tocsr()")
    m, n = (int(size) for size in parts["shape"].tolist())
    rows, columns = readers[form]()
    data = parts["data"]
    fits = rows.shape == columns.shape == data.shape and rows.ndim == 1
    if (
        m < 0
        or n < 0
        or not fits
        or (rows.size and not (0 <= rows.min() <= rows.max() < m and 0 <= columns.min() <= columns.max() < n))
    ):
        raise ValueError("the indices do not fit")
    require_memory(m * n * data.dtype.itemsize, f"{path}, made dense,")
    dense = np.zeros((m, n), dtype=data.dtype if data.dtype.kind == "f" else np.int64)
    np.add.at(dense, (rows, columns), data)
    return dense


def _expanded(parts: dict[str, NDArray[Any]], axis: int) -> NDArray[Any]:
    pointers = parts["indptr"].astype(np.int64)
    counts = np.diff(pointers)
    if pointers.size != int(parts["shape"][axis]) + 1 or pointers[0] != 0 or (counts < 0).any():
        raise ValueError("the pointers do not fit")
    return np.repeat(np.arange(counts.size), counts)
