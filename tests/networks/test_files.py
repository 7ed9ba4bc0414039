"""Network files: what is written is read back exactly; every kind of mistake is one line that names the node."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from proofkit.errors import UsageError
from proofkit.fields import FLOAT64, Q
from proofkit.networks import (
    Network,
    content_of,
    deep_tree,
    from_content,
    pooling_tree,
    random_network,
    read_network,
    write_network,
)

EXAMPLE: dict[str, Any] = {
    "format": "proofkit-network/1",
    "pool": "product",
    "dim": 2,
    "tree": [[0, 1], 2],
    "shared": False,
    "weights": {"0/0": [[1, "3/7"], [3, -1]], "0/1": [[0.1, 2], [0, 1]], "0": [[1, 1]], "1": [[1, 0]], "": [[2]]},
}


def test_entries_are_exact(tmp_path: Path) -> None:
    place = tmp_path / "network.json"
    place.write_text(json.dumps(EXAMPLE))
    network = read_network(place)
    assert network.weights["0/0"].tolist()[0] == [1, Fraction(3, 7)]
    assert network.weights["0/1"].tolist()[0][0] == Fraction(*(0.1).as_integer_ratio())
    write_network(network, tmp_path / "again.json")
    assert read_network(tmp_path / "again.json").tensor().tolist() == network.tensor().tolist()


@pytest.mark.parametrize("shared", [False, True])
def test_networks_are_read_as_they_were_written(tmp_path: Path, shared: bool) -> None:
    network = random_network(deep_tree(2), 3, [2, 4], Q, 5, pool="max", shared=shared, outputs=2)
    write_network(network, tmp_path / "network.json")
    again = read_network(tmp_path / "network.json")
    assert content_of(again) == content_of(network)
    assert list(again.weights) == (["L0", "L1", "L2"] if shared else ["0/0", "0/1", "0", "1/0", "1/1", "1", ""])


def test_floating_weights_are_written_as_floats() -> None:
    network = random_network(deep_tree(1), 2, [2], FLOAT64, 5)
    assert all(isinstance(x, float) for matrix in content_of(network)["weights"].values() for row in matrix for x in row)


@pytest.mark.parametrize("floats", [False, True])
def test_weights_are_written_as_safetensors(tmp_path: Path, floats: bool) -> None:
    pytest.importorskip("safetensors")
    network = random_network(deep_tree(2), 3, [2, 4], Q, 5, pool="max", shared=True, outputs=2)
    if floats:
        tenths = {name: Q.from_floats(np.array(matrix.tolist(), dtype=float) / 10) for name, matrix in network.weights.items()}
        network = Network(network.tree, tenths, 3, "max", shared=True)
    place, weights = tmp_path / "network.json", tmp_path / "network.safetensors"
    write_network(network, place, weights)
    assert "weights" not in json.loads(place.read_text())
    assert read_network(place, weights).tensor(1).tolist() == network.tensor(1).tolist()
    thirds = {name: matrix * Fraction(1, 3) for name, matrix in network.weights.items()}
    with pytest.raises(UsageError, match="node 'L0': an entry is no float64"):
        write_network(
            Network(network.tree, thirds, 3, "max", shared=True), tmp_path / "other.json", tmp_path / "other.safetensors"
        )
    assert not (tmp_path / "other.json").exists() and not (tmp_path / "other.safetensors").exists()


def test_safetensors_hold_the_same_weights(tmp_path: Path) -> None:
    numpy_files = pytest.importorskip("safetensors.numpy")
    content = {key: value for key, value in EXAMPLE.items() if key != "weights"}
    (tmp_path / "network.json").write_text(json.dumps(content))
    weights: Any = {name: np.array([[float(Fraction(x)) for x in row] for row in m]) for name, m in EXAMPLE["weights"].items()}
    numpy_files.save_file(weights, tmp_path / "weights.safetensors")
    network = read_network(tmp_path / "network.json", tmp_path / "weights.safetensors")
    assert network.weights["0/0"].tolist()[0][1] == Fraction(*(3 / 7).as_integer_ratio())
    numpy_files.save_file({**weights, "1": np.array([[1.0, np.nan]])}, tmp_path / "bad.safetensors")
    with pytest.raises(UsageError, match="node '1', row 0, column 1: nan"):
        read_network(tmp_path / "network.json", tmp_path / "bad.safetensors")
    with pytest.raises(UsageError, match="not a safetensors file"):
        read_network(tmp_path / "network.json", tmp_path / "network.json")


def changed(**parts: Any) -> dict[str, Any]:
    return {**EXAMPLE, **parts}


def with_weights(**parts: Any) -> dict[str, Any]:
    return changed(weights={**EXAMPLE["weights"], **parts})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([], "JSON object"),
        (changed(format="proofkit-network/2"), "format: found 'proofkit-network/2'"),
        (changed(extra=1), "'extra' is unknown"),
        ({key: value for key, value in EXAMPLE.items() if key != "dim"}, "dim is missing"),
        (changed(dim=True), "dim: found True"),
        (changed(dim=0), "dim: found 0"),
        (changed(shared=1), "shared: found 1"),
        (changed(pool="min"), "pool: found 'min'"),
        (changed(pool=3), "pool: found 3"),
        (changed(weights=[]), "weights: an object"),
        (changed(tree=0), "a pooling tree is a list"),
        (changed(tree=[[0, 1], 1]), "node '1': mode 1 is at node '0/1' already"),
        (changed(tree=[[0, 1], 3]), "mode 2 is missing"),
        (changed(tree=[[0, 1], []]), "node '1': the window is empty"),
        (changed(tree=[[0, 1], "2"]), "node '1': found 2"),
        (changed(tree=[[0, 1], -1]), "node '1': modes are counted from 0"),
        (changed(tree=[[0, 1], True]), "node '1': found True"),
        (changed(shared=True), "node '': a shared network has all leaves at one depth"),
        (with_weights(**{"1": [[float("nan"), 0]]}), "node '1', row 0, column 0: nan"),
        (with_weights(**{"1": [[float("inf"), 0]]}), "node '1', row 0, column 0: inf"),
        (with_weights(**{"1": [["1/0", 0]]}), "node '1', row 0, column 0: the denominator"),
        (with_weights(**{"1": [["one", 0]]}), "node '1', row 0, column 0: found 'one'"),
        (with_weights(**{"1": [["1" * 4001, 0]]}), "node '1', row 0, column 0: a number of 4001 characters"),
        (with_weights(**{"1": [[None, 0]]}), "node '1', row 0, column 0: found 'None'"),
        (with_weights(**{"1": [[1, 0], [1]]}), "node '1': the rows have different lengths"),
        (with_weights(**{"1": 7}), "node '1': a matrix is a list of rows"),
        (with_weights(**{"1": []}), "node '1': a matrix is a list of rows"),
        (with_weights(**{"1": [[1, 2, 3]]}), "node '1': 3 columns, but 2 channels enter it"),
        (with_weights(**{"1": [[1, 2], [3, 4]]}), r"node '': its children have \[1, 2\] channels"),
        (with_weights(**{"7": [[1]]}), "no node '7'"),
    ],
)
def test_mistakes_name_the_node(content: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        from_content(content)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "nested too deeply"),
        ('{"format": 1, "format": 1}', "'format' stands twice"),
        ('{"dim": ' + "1" * 5000 + "}", "format: found 'None'"),
        (json.dumps(changed(tree=json.loads("[" * 70 + "0" + "]" * 70))), "more than 64 deep"),
    ],
)
def test_unreadable_files_are_one_line(tmp_path: Path, text: str, message: str) -> None:
    place = tmp_path / "network.json"
    place.write_text(text)
    with pytest.raises(UsageError, match=message) as caught:
        read_network(place)
    assert str(place) in str(caught.value) and "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.json: cannot be read"):
        read_network(tmp_path / "none.json")


def test_binary_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "network.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="not a JSON file"):
        read_network(tmp_path / "network.json")


def test_a_tree_with_a_window_of_one() -> None:
    assert pooling_tree([[0]]).nested() == [[0]]
