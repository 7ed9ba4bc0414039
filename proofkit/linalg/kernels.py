"""Compiled kernels of the elimination mod p: products with the reduction fused in, and the sweep of a small block.

Needs numba (the extra ``speed``). The inner loop is written as vector instructions: an ``MR`` x ``NR`` tile of the result stays
in registers while the inner dimension runs, and is reduced mod p before it is stored, so that no unreduced product ever exists
in memory. The right factor is packed once, when it is produced, into panels of NR columns that every later product reads in
order. For bytes the machine multiplies four unsigned by four signed at a time and adds them into 32 bits (AVX-512 VNNI), with no
saturation; the left factor therefore holds residues 0..p-1 and the right factor balanced ones.

What bounds the inner dimension is decided in ``proofkit.fields.budget`` alone.
"""

from __future__ import annotations

from typing import Any

import llvmlite.binding
import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

_FEATURES = llvmlite.binding.get_host_cpu_features()
_WIDE = bool(_FEATURES.get("avx512f"))
#: Whether products of bytes are available on this machine.
BYTES = bool(_WIDE and _FEATURES.get("avx512vnni") and _FEATURES.get("avx512bw"))

VECTOR = 64 if _WIDE else 32  # bytes
MR = 12 if _WIDE else 6  # rows of a tile; with two vectors a row, 24 (12) accumulators leave registers for the operands
_EDGE = 4
_ROUND = 1.5 * 2.0**52  # adding and subtracting it rounds numbers below 2^51 to whole ones
_AHEAD = 32  # steps of the inner loop by which a packed panel is fetched ahead: it comes from memory the first time
_COLUMN_BLOCK = 16  # tiles whose packed panels stay in the second-level cache while the rows go by


def tile_columns(dtype: np.dtype[Any]) -> int:
    """The number NR of columns of a tile: two vectors of accumulators."""
    return 2 * VECTOR // max(dtype.itemsize, 4)


def _splat(builder: Any, value: Any, vector: Any) -> Any:
    empty = ir.Constant(vector, ir.Undefined)
    first = builder.insert_element(empty, value, ir.Constant(ir.IntType(32), 0))
    mask = ir.Constant(ir.VectorType(ir.IntType(32), vector.count), [0] * vector.count)
    return builder.shuffle_vector(first, empty, mask)


def _declared(builder: Any, name: str, result: Any, arguments: list[Any]) -> Any:
    found = builder.module.globals.get(name)
    return found or ir.Function(builder.module, ir.FunctionType(result, arguments), name)


class _Floats:
    """Tiles of float64 or float32: x - q p with q = rint(x / p), as the budget assumes."""

    def __init__(self, name: str, scalar: Any, size: int) -> None:
        self.name, self.scalar, self.size = name, scalar, size
        self.lanes = VECTOR // size
        self.vector = self.stored = ir.VectorType(scalar, self.lanes)

    def multiply_add(self, builder: Any, left: Any, right: Any, total: Any) -> Any:
        name = f"llvm.fma.v{self.lanes}{self.name}"
        return builder.call(_declared(builder, name, self.vector, [self.vector] * 3), [left, right, total])

    def reduced(self, builder: Any, loaded: Any, total: Any, p: Any, inverse: Any, _unsigned: Any) -> Any:
        rint = _declared(builder, f"llvm.rint.v{self.lanes}{self.name}", self.vector, [self.vector])
        x = builder.fsub(loaded, total)
        quotient = builder.call(rint, [builder.fmul(x, self._constant(builder, inverse))])
        return builder.fsub(x, builder.fmul(quotient, self._constant(builder, p)))

    def _constant(self, builder: Any, value: Any) -> Any:
        return _splat(builder, value if self.size == 8 else builder.fptrunc(value, self.scalar), self.vector)


class _Bytes:
    """Tiles of 32-bit sums of products of bytes, stored as bytes."""

    def __init__(self) -> None:
        self.size, self.lanes = 4, 16
        self.scalar = ir.IntType(32)
        self.vector = ir.VectorType(self.scalar, 16)
        self.stored = ir.VectorType(ir.IntType(8), 16)

    def multiply_add(self, builder: Any, left: Any, right: Any, total: Any) -> Any:
        # The operands' type changed from words to bytes with LLVM 22; the instruction is the same.
        kind = ir.VectorType(ir.IntType(8), 64) if llvmlite.binding.llvm_version_info[0] >= 22 else self.vector
        dot = _declared(builder, "llvm.x86.avx512.vpdpbusd.512", self.vector, [self.vector, kind, kind])
        return builder.call(dot, [total, builder.bitcast(left, kind), builder.bitcast(right, kind)])

    def reduced(self, builder: Any, loaded: Any, total: Any, p: Any, inverse: Any, unsigned: Any) -> Any:
        """In [-(p // 2), p // 2], or in [0, p) where ``unsigned``: the first quotient is off by a few, the second exact."""
        single = ir.VectorType(ir.FloatType(), 16)
        rint = _declared(builder, "llvm.rint.v16f32", single, [single])
        modulus = _splat(builder, builder.fptosi(p, self.scalar), self.vector)
        reciprocal = _splat(builder, builder.fptrunc(inverse, ir.FloatType()), single)
        x = builder.sub(builder.sext(loaded, self.vector), total)
        for _ in range(2):
            quotient = builder.call(rint, [builder.fmul(builder.sitofp(x, single), reciprocal)])
            x = builder.sub(x, builder.mul(builder.fptosi(quotient, self.vector), modulus))
        zero = ir.Constant(self.vector, None)
        flags = _splat(builder, builder.icmp_signed("!=", unsigned, ir.Constant(unsigned.type, 0)), self._booleans())
        negative = builder.and_(builder.icmp_signed("<", x, zero), flags)
        return builder.trunc(builder.add(x, builder.select(negative, modulus, zero)), self.stored)

    @staticmethod
    def _booleans() -> Any:
        return ir.VectorType(ir.IntType(1), 16)


def _element(dtype: Any) -> _Floats | _Bytes:
    if dtype == types.float64:
        return _Floats("f64", ir.DoubleType(), 8)
    if dtype == types.float32:
        return _Floats("f32", ir.FloatType(), 4)
    return _Bytes()


def _tile(height: int) -> Any:
    """tile(array, c, ldc, a, lda, u, depth, keep, unsigned, p, inverse): c := (c or 0) - a u mod p, ``height`` rows.

    ``array`` only tells the type of the elements; the others are addresses, strides in bytes and counts.
    """

    @intrinsic
    def tile(context, array, c, ldc, a, lda, u, depth, keep, unsigned, p, inverse):
        element = _element(array.dtype)
        whole = [types.intp] * 8
        signature = types.void(array, *whole, types.float64, types.float64)

        def generate(_context, builder, _signature, arguments):
            _, c, ldc, a, lda, u, depth, keep, unsigned, p, inverse = arguments
            totals = _inner_loop(builder, element, height, a, lda, u, depth)
            zero = ir.Constant(element.stored, None)
            kept = builder.icmp_signed("!=", keep, ir.Constant(keep.type, 0))
            stored_bytes = element.lanes if isinstance(element, _Bytes) else VECTOR
            for i, row in enumerate(totals):
                start = builder.add(c, builder.mul(ldc, ir.Constant(ldc.type, i)))
                for v, total in enumerate(row):
                    address = builder.add(start, ir.Constant(start.type, stored_bytes * v))
                    pointer = builder.inttoptr(address, element.stored.as_pointer())
                    loaded = builder.select(kept, builder.load(pointer, align=1), zero)
                    builder.store(element.reduced(builder, loaded, total, p, inverse, unsigned), pointer, align=1)
            return _context.get_dummy_value()

        return signature, generate

    return tile


def _prefetch(builder: Any, address: Any) -> None:
    """Ask for the two vectors at an address, which may lie beyond the panel: the machine ignores what it cannot fetch."""
    byte, flag = ir.IntType(8).as_pointer(), ir.IntType(32)
    name = "llvm.prefetch.p0" if llvmlite.binding.llvm_version_info[0] >= 16 else "llvm.prefetch.p0i8"
    prefetch = _declared(builder, name, ir.VoidType(), [byte, flag, flag, flag])
    for line in range(0, 2 * VECTOR, 64):
        place = builder.inttoptr(builder.add(address, ir.Constant(address.type, line)), byte)
        builder.call(prefetch, [place, ir.Constant(flag, 0), ir.Constant(flag, 3), ir.Constant(flag, 1)])


def _inner_loop(builder: Any, element: Any, height: int, a: Any, lda: Any, u: Any, depth: Any) -> list[list[Any]]:
    """The sums over the inner dimension, all of them in registers."""
    word = ir.IntType(64)
    before = builder.basic_block
    loop, after = builder.append_basic_block("inner"), builder.append_basic_block("after")
    rows = [builder.add(a, builder.mul(lda, ir.Constant(word, i))) for i in range(height)]
    builder.branch(loop)
    builder.position_at_end(loop)
    step, panel = builder.phi(word), builder.phi(word)
    totals = [[builder.phi(element.vector) for _ in range(2)] for _ in range(height)]
    right = [
        builder.load(builder.inttoptr(builder.add(panel, ir.Constant(word, VECTOR * v)), element.vector.as_pointer()), align=1)
        for v in range(2)
    ]
    offset = builder.mul(step, ir.Constant(word, element.size))
    _prefetch(builder, builder.add(panel, ir.Constant(word, 2 * VECTOR * _AHEAD)))
    results = []
    for i in range(height):
        pointer = builder.inttoptr(builder.add(rows[i], offset), element.scalar.as_pointer())
        left = _splat(builder, builder.load(pointer, align=1), element.vector)
        results.append([element.multiply_add(builder, left, right[v], totals[i][v]) for v in range(2)])
    following = builder.add(step, ir.Constant(word, 1))
    for phi, first, later in [
        (step, ir.Constant(word, 0), following),
        (panel, u, builder.add(panel, ir.Constant(word, 2 * VECTOR))),
        *((totals[i][v], ir.Constant(element.vector, None), results[i][v]) for i in range(height) for v in range(2)),
    ]:
        phi.add_incoming(first, before)
        phi.add_incoming(later, loop)
    builder.cbranch(builder.icmp_signed("<", following, depth), loop, after)
    builder.position_at_end(after)
    return results


_tile_full, _tile_edge, _tile_row = _tile(MR), _tile(_EDGE), _tile(1)

_DTYPES = (types.float64, types.float32, *((types.int8,) if BYTES else ()))


def _matrix(dtype: Any) -> Any:
    return types.Array(dtype, 2, "A")


def _packed(dtype: Any) -> tuple[Any, Any]:
    """A packed right factor: its panels one below the other, and the row where each begins."""
    return types.Array(dtype, 2, "C"), types.Array(types.int64, 1, "C")


_SUBTRACT = [types.void(_matrix(t), _matrix(t), *_packed(t), *[types.intp] * 5, types.float64, types.float64) for t in _DTYPES]


@njit(_SUBTRACT, cache=True, nogil=True, error_model="numpy")
def subtract_product(c, a, u, starts, first, depth, chunk, keep, unsigned, p, inverse):
    """c := (c if keep else 0) - a[:, :depth] u mod p, for the columns of u that begin with its panel ``first``.

    c is m x n with n a multiple of NR, a is m x depth, u is packed; the inner dimension is cut into pieces of ``chunk``.
    For bytes depth and chunk are multiples of 4, and the result is in [0, p) where ``unsigned``, else balanced.
    """
    size = c.itemsize
    group = 4 if size == 1 else 1  # rows of u that one step of the inner loop takes
    step = 4 if size == 1 else size
    width = 2 * VECTOR // step
    m, tiles = c.shape[0], c.shape[1] // width
    ldc, lda = c.strides[0], a.strides[0]
    c_start, a_start = c.ctypes.data, a.ctypes.data
    u_start = u.ctypes.data
    for start in range(0, depth, chunk):
        inner = (min(chunk, depth - start) + group - 1) // group
        last = 1 if start + chunk >= depth else 0
        held = 1 if keep or start else 0
        from_a, from_u = a_start + start * size, u_start + start // group * 2 * VECTOR
        for block in range(0, tiles, _COLUMN_BLOCK):
            end = min(block + _COLUMN_BLOCK, tiles)
            i = 0
            while i < m:
                height = MR if m - i >= MR else _EDGE if m - i >= _EDGE else 1
                left, row = from_a + i * lda, c_start + i * ldc
                for j in range(block, end):
                    at, right = row + j * width * size, from_u + starts[first + j] * 2 * VECTOR
                    if height == MR:
                        _tile_full(c, at, ldc, left, lda, right, inner, held, unsigned and last, p, inverse)
                    elif height == _EDGE:
                        _tile_edge(c, at, ldc, left, lda, right, inner, held, unsigned and last, p, inverse)
                    else:
                        _tile_row(c, at, ldc, left, lda, right, inner, held, unsigned and last, p, inverse)
                i += height


_PACK = [types.void(*_packed(t), types.intp, types.intp, _matrix(t), types.boolean) for t in _DTYPES]


@njit(_PACK, cache=True, nogil=True)
def pack(u, starts, row, panel, block, negate):
    """Write a block, negated or not, into packed u from ``row`` and the first column of ``panel`` on."""
    group = 4 if u.itemsize == 1 else 1
    width = u.shape[1] // group
    sign = block.dtype.type(-1 if negate else 1)
    for t in range((block.shape[1] + width - 1) // width):
        start = t * width
        columns = min(width, block.shape[1] - start)
        for i in range(block.shape[0]):
            target, part, source = u[starts[panel + t] + (row + i) // group], (row + i) % group, block[i]
            if group == 1:
                for j in range(columns):
                    target[j] = sign * source[start + j]
            else:
                for j in range(columns):
                    target[4 * j + part] = sign * source[start + j]


@njit([types.void(types.Array(types.int32, 3, "C"), types.Array(types.uint8, 3, "C"))], cache=True, nogil=True)
def interleave(target, source):
    """Panels of bytes (depth x NR each) as the products read them: four rows in a word, the missing ones zero."""
    zero = np.zeros(source.shape[2], dtype=np.uint8)
    for t in range(source.shape[0]):
        panel = source[t]
        for g in range(target.shape[1]):
            k, left = 4 * g, source.shape[1] - 4 * g
            a, b = panel[k], panel[k + 1] if left > 1 else zero
            c, d = panel[k + 2] if left > 2 else zero, panel[k + 3] if left > 3 else zero
            row = target[t, g]
            for j in range(row.size):
                row[j] = np.int32(a[j]) | np.int32(b[j]) << 8 | np.int32(c[j]) << 16 | np.int32(d[j]) << 24


@njit(cache=True, nogil=True, error_model="numpy")
def balance(target, source, p):
    """Write the balanced residues of whole numbers below 2^50 into ``target``, rounding as the tiles do."""
    inverse, modulus = 1.0 / p, np.float64(p)
    for i in range(source.shape[0]):
        for j in range(source.shape[1]):
            x = np.float64(source[i, j])
            target[i, j] = x - (x * inverse + _ROUND - _ROUND) * modulus


@njit(cache=True, nogil=True)
def balance_integers(target, source, p):
    """The same for 64-bit integers of any size."""
    half = p // 2
    for i in range(source.shape[0]):
        for j in range(source.shape[1]):
            x = np.int64(source[i, j] % p)
            target[i, j] = x - p if x > half else x


_GATHER = [types.void(_matrix(t), _matrix(t), types.Array(types.int64, 1, "C"), types.int64) for t in _DTYPES]


@njit(_GATHER, cache=True, nogil=True)
def gather_left(target, source, columns, p):
    """Columns of balanced residues as a left factor: for bytes in 0..p-1, else as they are."""
    for i in range(source.shape[0]):
        for k in range(columns.size):
            x = source[i, columns[k]]
            target[i, k] = x + p if target.itemsize == 1 and x < 0 else x


_INDICES = types.Array(types.int64, 1, "C")
_SWEEP = [
    types.UniTuple(types.int64, 2)(_matrix(t), types.intp, _INDICES, _INDICES, types.int64)
    for t in (types.float64, types.float32)
]


@njit(types.int64(types.int64, types.int64), cache=True)
def _inverse(x, p):
    a, b, u, v = x % p, p, 1, 0
    while b:
        q = a // b
        a, b, u, v = b, a - q * b, v, u - q * v
    return u % p


@njit(_SWEEP, cache=True, nogil=True, error_model="numpy")
def sweep(t, width, rows, columns, p):
    """Principal pivot transform of the first ``width`` columns of t in place: the number of pivots, their product mod p.

    Pivot k is (rows[k], columns[k]): the leftmost column with a nonzero entry in a row not yet used, and the first such row.
    Afterwards t[rows[k], columns[l]] is entry (k, l) of the inverse of the block of pivots, where its row k belongs to column
    columns[k] of the block and its column l to row rows[l]; t[rows, other columns] is this inverse times the entries there,
    t[other rows, columns] minus the entries there times the inverse, and the rest is the Schur complement.

    t has a multiple of NR columns. It is swept NR columns at a time; the other columns follow by one product each time.
    """
    h = t.shape[0]
    block = 2 * VECTOR // t.itemsize
    inverse_p = 1.0 / p
    reciprocal, modulus = t.dtype.type(1) / t.dtype.type(p), t.dtype.type(p)
    used = np.zeros(h, dtype=np.uint8)
    slab, left = np.empty((h, block), dtype=t.dtype), np.empty((h, block), dtype=t.dtype)
    factors = np.empty((h, 1), dtype=t.dtype)
    row, only = np.empty((1, block), dtype=t.dtype), np.zeros(1, dtype=np.int64)
    above, starts = np.empty((t.shape[1], block), dtype=t.dtype), np.arange(0, t.shape[1], block)
    count, determinant, lowest = 0, 1, 0
    for start in range(0, width, block):
        before = count
        slab[:] = t[:, start : start + block]
        for j in range(min(block, width - start)):
            while lowest < h and used[lowest]:
                lowest += 1
            pivot = lowest
            while pivot < h and (used[pivot] or slab[pivot, j] == 0):
                pivot += 1
            if pivot == h:
                continue
            used[pivot], rows[count], columns[count] = 1, pivot, start + j
            count += 1
            value = np.int64(slab[pivot, j])
            determinant = determinant * (value % p) % p
            residue = _inverse(value, p)
            scale = t.dtype.type(residue - p if residue > p // 2 else residue)
            slab[pivot, j] = 1
            for k in range(block):
                x = scale * slab[pivot, k]
                row[0, k] = x - np.rint(x * reciprocal) * modulus
            for i in range(h):
                factors[i, 0] = slab[i, j]
                slab[i, j] = 0
            slab[pivot] = row[0]
            factors[pivot, 0] = 0
            subtract_product(slab, factors, row, only, 0, 1, 1, 1, 0, p, inverse_p)
        found = count - before
        t[:, start : start + block] = slab
        if not found:
            continue
        for i in range(h):
            for k in range(found):
                left[i, k] = slab[i, columns[before + k] - start]
        for k in range(found):
            pivot = rows[before + k]
            pack(above, starts, k, 0, t[pivot : pivot + 1], True)
            t[pivot, :start] = 0
            t[pivot, start + block :] = 0
        subtract_product(t[:, :start], left, above, starts, 0, found, found, 1, 0, p, inverse_p)
        subtract_product(t[:, start + block :], left, above, starts, start // block + 1, found, found, 1, 0, p, inverse_p)
    return count, determinant


_FLOATS3 = types.Array(types.float64, 3, "C")
_FLOATS2 = types.Array(types.float64, 2, "C")


@njit([types.int64(_FLOATS2, _INDICES, types.int64)], cache=True, nogil=True)
def echelon(rows, places, p):
    """The reduced row echelon form of balanced residues, in place: the rank, with the pivot columns in ``places``."""
    inverse_p, modulus, r = 1.0 / p, np.float64(p), 0
    row = np.empty(rows.shape[1])
    for j in range(rows.shape[1]):
        pivot = r
        while pivot < rows.shape[0] and rows[pivot, j] == 0:
            pivot += 1
        if pivot == rows.shape[0]:
            continue
        residue = _inverse(np.int64(rows[pivot, j]), p)
        scale = np.float64(residue - p if residue > p // 2 else residue)
        for c in range(row.size):
            x = rows[pivot, c] * scale
            row[c] = x - np.rint(x * inverse_p) * modulus
            rows[pivot, c] = rows[r, c]
            rows[r, c] = row[c]
        for i in range(rows.shape[0]):
            factor = rows[i, j]
            if i != r and factor != 0:
                for c in range(row.size):
                    x = rows[i, c] - factor * row[c]
                    rows[i, c] = x - np.rint(x * inverse_p) * modulus
        places[r] = j
        r += 1
        if r == rows.shape[0]:
            break
    return r


@njit([types.void(_FLOATS3, _INDICES, _FLOATS2, types.int64, types.int64)], cache=True, nogil=True)
def cancel(part, pivots, transform, chunk, p):
    """row := row - (its entries at the pivots) transform mod p, for all rows of all coefficients of a polynomial.

    Then the pivots' columns, where the transform is zero, are multiplied by x. Sums are reduced after ``chunk`` terms.
    """
    inverse_p, modulus = 1.0 / p, np.float64(p)
    count, height, width = part.shape
    for t in range(count - 1, -1, -1):
        for i in range(height):
            row = part[t, i]
            for start in range(0, pivots.size, chunk):
                for q in range(start, min(start + chunk, pivots.size)):
                    value = row[pivots[q]]
                    if value != 0:
                        for c in range(width):
                            row[c] -= value * transform[q, c]
                for c in range(width):
                    row[c] -= np.rint(row[c] * inverse_p) * modulus
            if t + 1 < count:
                for q in range(pivots.size):
                    part[t + 1, i, pivots[q]] = row[pivots[q]]
    for i in range(height):
        for q in range(pivots.size):
            part[0, i, pivots[q]] = 0
