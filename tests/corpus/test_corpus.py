"""The corpus: what the literature states is proved, what it warns of is refuted, and the expected verdicts are themselves
checked by an evaluator that shares no code with proofkit."""

from __future__ import annotations

import random
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

import proofkit

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
from oracle import World, worlds  # noqa: E402

LARGE = 2**61 - 1
OPTIONS = ("where", "given", "sizes", "almost_everywhere", "field")


def _items(kind: str) -> list[Any]:
    found = []
    for path in sorted(HERE.glob("*.toml")):
        for item in tomllib.loads(path.read_text())[kind]:
            found.append(pytest.param(item, id=f"{path.stem}: {item['line']} {item.get('where', '')} {item.get('field', '')}"))
    return found


def _asked(item: dict[str, Any]) -> proofkit.Result:
    return proofkit.prove(item["line"], **{key: item[key] for key in OPTIONS if key in item})


def _primes(item: dict[str, Any]) -> list[int]:
    """The fields to evaluate over; generic entries are those of a large prime field."""
    if item.get("almost_everywhere"):
        return [LARGE]
    field = item.get("field", "any")
    if field.startswith("GF"):
        return [int(field[3:-1])]
    return [0] if field in ("R", "Q", "C") else [LARGE, 0, 2]


def test_the_corpus_is_large_enough() -> None:
    assert len(_items("true")) >= 150
    assert len(_items("false")) >= 100


@pytest.mark.parametrize("item", _items("true"))
def test_what_is_true_is_proved(item: dict[str, Any]) -> None:
    found = _asked(item)
    assert found.verdict == "proved", str(found)


@pytest.mark.parametrize("item", _items("false"))
def test_what_is_false_is_refuted(item: dict[str, Any]) -> None:
    found = _asked(item)
    assert found.verdict == "refuted", str(found)
    if found.counterexample is not None and "inv(" not in item["line"]:
        example = found.counterexample
        p = 0 if example.field == "Q" else int(example.field[3:-1])
        world = World(p, {name: size for name, size in example.sizes.items() if isinstance(size, int)}, {})
        world.arrays = {name: world.array(array) for name, array in example.arrays.items()}
        assert all(world.holds(given) for given in item.get("given", []))
        assert not world.holds(item["line"])


@pytest.mark.parametrize("item", [each for each in _items("true") if not each.values[0].get("families")])
def test_what_is_called_true_holds_at_random_instances(item: dict[str, Any]) -> None:
    draw = random.Random(item["line"])
    seen = 0
    for p in _primes(item):
        for world in worlds(item, p, 3 if p != 2 else 6, draw, spread=3 if p != 0 else 2):
            seen += 1
            assert world.holds(item["line"]), (p, world.sizes, world.arrays)
    assert seen


@pytest.mark.parametrize("item", [each for each in _items("false") if not each.values[0].get("families")])
def test_what_is_called_false_fails_somewhere(item: dict[str, Any]) -> None:
    draw = random.Random(item["line"])
    primes = [*_primes(item), 3] if len(_primes(item)) > 1 else _primes(item)
    for _ in range(40):
        for p in primes:
            for world in worlds(item, p, 5, draw, spread=draw.choice((1, 2, 2, 3))):
                if not world.holds(item["line"]):
                    return
    pytest.fail("no instance at which it fails was found")
