"""No forgery gets through: each is written without the judge, and known to be false by an oracle that is not the judge."""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

import attacks
import depths  # noqa: F401 (attacks of its own)
import jsonschema
import pytest
import ranks
import readings  # noqa: F401
import rules_of_prove  # noqa: F401
import spelling
import systematic
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kit import Forgery, Json, encode, sealed, untrue

from proofkit import verify

SCHEMA = json.loads((Path(verify.__file__).parent / "certificate.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


@cache
def forgeries() -> list[Forgery]:
    return [*attacks.forgeries(), *systematic.forgeries(), *ranks.forgeries()]


@cache
def well_formed() -> list[Forgery]:
    return [forgery for forgery in forgeries() if VALIDATOR.is_valid(forgery.content)]


def rules(thing: Any) -> set[str]:
    """The rules that a certificate names, at any depth."""
    if isinstance(thing, list):
        return set().union(*map(rules, thing))
    if isinstance(thing, dict):
        found = {thing["rule"]} if isinstance(thing.get("rule"), str) else set()
        return found.union(*map(rules, thing.values()))
    return set()


def test_there_are_at_least_300_of_the_right_form() -> None:
    assert len({encode(forgery.content) for forgery in well_formed()}) >= 300
    assert len({forgery.name for forgery in forgeries()}) == len(forgeries())


def test_they_cover_every_kind_and_every_rule() -> None:
    assert {forgery.content["kind"] for forgery in well_formed()} == {*verify.KINDS, *verify.RANK_KINDS}
    assert set().union(*(rules(forgery.content) for forgery in well_formed())) == set(verify.RULES)


def test_they_are_canonical_and_their_digests_are_right() -> None:
    for forgery in forgeries():
        data = encode(forgery.content)
        assert verify.canonical(json.loads(data)) == data
        assert sealed(forgery.content) == forgery.content or "digest" in forgery.why


def test_none_is_accepted_and_none_crashes_the_judge() -> None:
    for forgery in forgeries():
        verdict = verify.check(encode(forgery.content))
        assert not verdict.valid, f"{forgery.name} ({forgery.why}) was accepted: {verdict}"
        assert verdict.verdict in ("invalid", "malformed"), forgery.name
        assert "could not be checked" not in verdict.reason, f"{forgery.name}: {verdict.reason}"
        assert "\n" not in verify.line("file", verdict)


def test_what_is_true_but_not_written_as_the_format_has_it_is_refused() -> None:
    for forgery in spelling.forgeries():
        verdict = verify.check(encode(forgery.content))
        assert not verdict.valid, forgery.name
        assert "could not be checked" not in verdict.reason, f"{forgery.name}: {verdict.reason}"


def test_the_certificates_that_they_are_made_of_are_accepted() -> None:
    for title, data in systematic.genuine().items():
        verdict = verify.check(data)
        assert verdict.valid, f"{title}: {verdict.reason}"
        assert VALIDATOR.is_valid(json.loads(data)), title


def test_the_oracle_finds_no_fault_with_what_is_true() -> None:
    for title, data in systematic.genuine().items():
        assert untrue(json.loads(data)) is None, title


# ------------------------------------------------------------------------------------------------- random mutations


def places(thing: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """All places in a certificate where something can be altered."""
    children = thing.items() if isinstance(thing, dict) else enumerate(thing) if isinstance(thing, list) else ()
    return [path, *(place for key, part in children for place in places(part, (*path, key)))]


WORDS = [
    "",
    "0",
    "1",
    "2",
    "m",
    "n",
    "A",
    "B",
    "X",
    "eye(m)",
    "zeros(m, n)",
    "any",
    "Q",
    "R",
    "GF(2)",
    "at_least",
    "at_most",
    "U",
    "_",
]


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, Json]:
    """A genuine certificate with one place altered, and sealed again."""
    title = draw(st.sampled_from(sorted(systematic.genuine())))
    content = json.loads(systematic.genuine()[title])
    *way, last = draw(st.sampled_from([place for place in places(content) if place and place[-1] != "digest"]))
    at = content
    for key in way:
        at = at[key]
    at[last] = _other(draw, at, last)
    if at[last] is None:
        del at[last]
    try:
        return title, sealed(content)
    except (KeyError, TypeError, AttributeError):
        return title, content


def _other(draw: st.DrawFn, at: Any, last: Any) -> Any:
    value = at[last]
    siblings = list(at.values()) if isinstance(at, dict) else list(at)
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return draw(st.sampled_from([value + 1, value - 1, 0, -1, -value, 2**53, str(value), True]))
    if isinstance(value, str):
        start = draw(st.integers(0, len(value)))
        end = draw(st.integers(start, min(len(value), start + 6)))
        pieces = [*WORDS, *(one for one in siblings if isinstance(one, str)), value[::-1]]
        spliced = value[:start] + draw(st.sampled_from([*WORDS, " + 1", " - 1", ".T", "2 * "])) + value[end:]
        return draw(st.sampled_from([spliced, draw(st.sampled_from(pieces))]))
    if isinstance(value, list) and value:
        number = draw(st.integers(0, len(value) - 1))
        without, doubled, turned = value[:number] + value[number + 1 :], [*value, copy.deepcopy(value[number])], value[::-1]
        return draw(st.sampled_from([without, doubled, turned, [], None]))
    return draw(st.sampled_from([None, {}, [], 0, "", *siblings]))


@settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(mutated())
def test_what_is_accepted_after_a_random_change_is_true(case: tuple[str, Json]) -> None:
    _accepted_is_true(case)


@pytest.mark.slow
@settings(max_examples=10_000, deadline=None, print_blob=True, suppress_health_check=list(HealthCheck))
@given(mutated())
def test_what_is_accepted_after_many_random_changes_is_true(case: tuple[str, Json]) -> None:
    _accepted_is_true(case)


def _accepted_is_true(case: tuple[str, Json]) -> None:
    title, content = case
    verdict = verify.check(encode(content))
    assert verdict.valid == (verdict.verdict in ("proved", "refuted"))
    if verdict.valid:
        assert untrue(content) is None, f"{title}: accepted: {verdict}, but {untrue(content)}"
