"""Network files: one JSON object for a network; weights in it, or beside it as safetensors. Nothing is ever unpickled.

    {"format": "proofkit-network/1", "pool": "product", "dim": 2, "tree": [[0, 1], [2, 3]], "shared": false,
     "weights": {"0/0": [[1, 2], [3, -1]], "0/1": .., "0": .., "1/0": .., "1/1": .., "1": .., "": ..}}

Entries are integers, rationals as strings ("3/7"), or floating-point numbers, which stand for their exact binary values.
"""

from __future__ import annotations

import contextlib
import json
import math
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from proofkit.certificates import write_atomically
from proofkit.errors import UsageError
from proofkit.fields import Array, Q
from proofkit.networks.network import Network
from proofkit.networks.trees import pooling_tree

FORMAT = "proofkit-network/1"
MAX_BYTES = 64_000_000
_KEYS = {"format", "pool", "dim", "tree", "shared", "weights"}
_RATIONAL = re.compile(r"-?[0-9]{1,4000}(/[0-9]{1,4000})?")


def read_network(path: Path | str, weights: Path | str | None = None) -> Network:
    """The network of a file, over Q; its weights from a safetensors file where ``weights`` names one.

    Raises :class:`UsageError`, in one line that names the file and the node, for a file that is no such network: other keys, an
    entry that is no number or not finite, a matrix that does not fit, a tree that repeats or misses a mode.
    """
    place = Path(path)
    try:
        content = _json(place)
        if weights is not None and isinstance(content, dict):
            if "weights" in content:
                raise UsageError("weights: they stand in the file already; leave out --weights, or take them out of it")
            content = {**content, "weights": _safetensors(Path(weights))}
        return from_content(content)
    except UsageError as error:
        raise UsageError(f"{place}: {error}") from None


def _json(path: Path) -> Any:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UsageError(f"larger than {MAX_BYTES} bytes; put the weights into a safetensors file")
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise UsageError("not a JSON file") from None
    try:
        return json.loads(text, object_pairs_hook=_without_duplicates, parse_int=_whole)
    except RecursionError:
        raise UsageError("nested too deeply") from None
    except ValueError as error:
        raise UsageError(f"not JSON: {str(error)[:100]}") from None


def _whole(digits: str) -> int | str:
    """An integer; one that is too long as it is written, so that the error can name its place."""
    return int(digits) if len(digits) <= 4000 else digits


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise UsageError(f"the key {next(name for name in names if names.count(name) > 1)!r} stands twice in one object")
    return found


def from_content(content: Any) -> Network:
    """The network of a file's content (weights as nested lists or arrays over Q). Raises :class:`UsageError`."""
    if not isinstance(content, dict):
        raise UsageError("a network is a JSON object")
    if content.get("format") != FORMAT:
        raise UsageError(f"format: found {str(content.get('format'))[:40]!r}; this version reads {FORMAT!r}")
    if set(content) != _KEYS:
        missing, unknown = sorted(_KEYS - set(content)), sorted(set(content) - _KEYS)
        raise UsageError(f"keys: {f'{missing[0]} is missing' if missing else f'{unknown[0][:40]!r} is unknown'}")
    dim, shared, weights = content["dim"], content["shared"], content["weights"]
    if isinstance(dim, bool) or not isinstance(dim, int) or not 1 <= dim <= 2**16:
        raise UsageError(f"dim: found {str(dim)[:40]}; the dimension M is an integer from 1 to 65536")
    if not isinstance(shared, bool):
        raise UsageError(f"shared: found {str(shared)[:40]}; write true or false")
    if not isinstance(weights, dict):
        raise UsageError("weights: an object with a matrix for every node is needed")
    if not isinstance(content["pool"], str):
        raise UsageError(f"pool: found {str(content['pool'])[:40]}; write product, max or average")
    matrices = {name: value if isinstance(value, Array) else _matrix(name, value) for name, value in weights.items()}
    return Network(pooling_tree(content["tree"]), matrices, dim, content["pool"], shared)


def _matrix(name: str, rows: Any) -> Array:
    if not isinstance(rows, list) or not rows or not all(isinstance(row, list) for row in rows):
        raise UsageError(f"weights of node {name[:80]!r}: a matrix is a list of rows")
    if len({len(row) for row in rows}) != 1:
        raise UsageError(f"weights of node {name[:80]!r}: the rows have different lengths")
    entries = np.empty((len(rows), len(rows[0])), dtype=object)
    for i, row in enumerate(rows):
        for j, entry in enumerate(row):
            entries[i, j] = _number(name, i, j, entry)
    return Q.array(entries)


def _number(name: str, i: int, j: int, entry: Any) -> int | Fraction:
    where = f"weights of node {name[:80]!r}, row {i}, column {j}"
    if isinstance(entry, int) and not isinstance(entry, bool):
        return entry
    if isinstance(entry, float):
        if not math.isfinite(entry):
            raise UsageError(f"{where}: {entry} is no finite number")
        return Fraction(*entry.as_integer_ratio())
    if isinstance(entry, str) and _RATIONAL.fullmatch(entry):
        try:
            return Fraction(entry)
        except ZeroDivisionError:
            raise UsageError(f"{where}: the denominator of {entry[:40]} is zero") from None
    if isinstance(entry, str) and len(entry) > 4000:
        raise UsageError(f"{where}: a number of {len(entry)} characters; integers have at most 4000 digits")
    raise UsageError(f'{where}: found {str(entry)[:40]!r}; write an integer, a float, or a rational such as "3/7"')


def _safetensors(path: Path) -> dict[str, Array]:
    """The weights of a safetensors file, exactly. The library is imported only here."""
    try:
        from safetensors import SafetensorError
        from safetensors.numpy import load_file
    except ImportError:
        raise UsageError("reading safetensors needs the package safetensors: pip install 'proofkit[torch]'") from None
    try:
        found = load_file(path)
    except (OSError, SafetensorError, ValueError, KeyError) as error:
        raise UsageError(f"weights {path}: not a safetensors file that can be read: {str(error)[:100]}") from None
    return {name: _exact(name, value) for name, value in found.items()}


def _exact(name: str, value: np.ndarray[Any, Any]) -> Array:
    if value.ndim != 2 or value.dtype.kind not in "iuf":
        raise UsageError(f"weights of node {name[:80]!r}: need a matrix of numbers, found {value.dtype} of shape {value.shape}")
    if value.dtype.kind in "iu":
        return Q.array(value)
    if not np.isfinite(value).all():
        i, j = np.argwhere(~np.isfinite(value))[0].tolist()
        raise UsageError(f"weights of node {name[:80]!r}, row {i}, column {j}: {value[i, j]} is no finite number")
    return Q.from_floats(value)


def read_gram(path: Path) -> np.ndarray[Any, Any]:
    """A matrix of numbers, as JSON. Raises :class:`UsageError` for anything else."""
    try:
        rows = _json(path)
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from None
    try:
        found = np.array(rows, dtype=np.float64) if isinstance(rows, list) else np.zeros(0)
    except (TypeError, ValueError, OverflowError):
        found = np.zeros(0)
    if found.ndim != 2 or not np.isfinite(found).all():
        raise UsageError(f"{path}: a Gram matrix is a list of rows of finite numbers")
    return found


def content_of(network: Network) -> dict[str, Any]:
    """The content of the file of a network with exact or floating weights; rationals as strings."""
    weights = {name: _rows(matrix) for name, matrix in network.weights.items()}
    tree: Any = network.tree.nested()
    facts = {"format": FORMAT, "pool": network.pool, "dim": network.dimension, "tree": tree, "shared": network.shared}
    return {**facts, "weights": weights}


def _rows(matrix: Array) -> list[list[int | float | str]]:
    return [[_written(entry) for entry in row] for row in matrix.tolist()]


def _written(entry: Any) -> int | float | str:
    if isinstance(entry, Fraction):
        return f"{entry.numerator}/{entry.denominator}"
    return float(entry) if isinstance(entry, float | np.floating) else int(entry)


def write_network(network: Network, path: Path | str, weights: Path | str | None = None) -> None:
    """Write the file, as a whole or not at all; the weights into a safetensors file where ``weights`` names one.

    Raises :class:`UsageError` where it cannot be written, and for weights that no float64 or int64 holds exactly.
    """
    content = content_of(network)
    if weights is not None:
        from safetensors.numpy import save

        del content["weights"]
        write_atomically(Path(weights), save({name: _held(name, matrix) for name, matrix in network.weights.items()}))
    write_atomically(Path(path), (json.dumps(content) + "\n").encode())


def _held(name: str, matrix: Array) -> np.ndarray[Any, Any]:
    """The matrix as integers or floats of 64 bits, exactly."""
    rows = np.array(matrix.tolist(), dtype=object).reshape(matrix.shape)
    for dtype in (np.int64, np.float64):
        with contextlib.suppress(OverflowError):
            found = rows.astype(dtype)
            if (found.astype(object) == rows).all():
                return np.ascontiguousarray(found)
    raise UsageError(f"weights of node {name!r}: an entry is no float64 and no int64; write them into the JSON file")
