"""The graph from lemmas to theorems: edges, standing over the cone, and its pictures."""

from __future__ import annotations

import itertools
import json
import xml.etree.ElementTree as ET
from typing import Any

import pytest

from proofkit import checking
from proofkit.graph import ORDER, graph, standing, weakest
from proofkit.report import picture
from proofkit.rungs import Context, Evidence
from proofkit.store import Store

NAMES = ["kronecker_rank", "tensor_product_rank", "rank_at_most_terms", "network_capacity"]


@pytest.fixture(scope="module")
def planned() -> checking.Plan:
    return checking.plan(["network_capacity"], ["symbolic"])


@pytest.fixture(scope="module")
def results(planned: checking.Plan) -> checking.Results:
    return {(name, each.rung): each for name, each in checking.run(planned, Context(), Store(None))}


def test_edges_are_read_off_the_certificates(planned: checking.Plan, results: checking.Results) -> None:
    found = graph(planned.lemmas, results)
    assert set(found.nodes) == set(NAMES)
    assert set(found.edges) == {
        ("kronecker_rank", "tensor_product_rank"),
        ("tensor_product_rank", "network_capacity"),
        ("rank_at_most_terms", "network_capacity"),
    }
    assert all(data["verdict"] == data["standing"] == "proved" for _, data in found.nodes(data=True))


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(ORDER, 2)))
def test_the_weaker_verdict_decides(one: str, other: str) -> None:
    assert weakest([one, other]) == weakest([other, one]) == other


def test_an_instance_that_is_certified_says_no_more_than_held() -> None:
    assert weakest(["certified", "proved"]) == "held"


@pytest.mark.parametrize("verdict", ["held", "undecided", "failed", "refuted"])
def test_one_weak_part_weakens_the_whole_cone_and_nothing_else(
    planned: checking.Plan, results: checking.Results, verdict: str
) -> None:
    weak = {**results, ("kronecker_rank", "symbolic"): Evidence("symbolic", verdict, "")}
    found = standing(planned.lemmas, weak)
    assert found["network_capacity"]["symbolic"] == found["tensor_product_rank"]["symbolic"] == verdict
    assert found["rank_at_most_terms"]["symbolic"] == "proved"


def test_what_was_not_checked_counts_as_undecided(planned: checking.Plan, results: checking.Results) -> None:
    part = {key: each for key, each in results.items() if key[0] != "kronecker_rank"}
    assert standing(planned.lemmas, part)["network_capacity"]["symbolic"] == "undecided"


def test_pictures(planned: checking.Plan, results: checking.Results) -> None:
    weak = {**results, ("kronecker_rank", "symbolic"): Evidence("symbolic", "held", "")}
    found = graph(planned.lemmas, weak)
    texts = {form: picture.render(found, form) for form in picture.FORMS}
    content: Any = json.loads(texts["json"])
    assert {node["name"] for node in content["nodes"]} == set(NAMES) and len(content["edges"]) == len(found.edges)
    root = ET.fromstring(texts["svg"])
    boxes = list(root.iter("{http://www.w3.org/2000/svg}g"))
    assert len(boxes) == 4
    assert picture.FILL["held"] in texts["svg"] and picture.BORDER["held"] in texts["svg"]
    assert texts["dot"].count("->") == texts["mermaid"].count("-->") == 3
    with pytest.raises(KeyError):
        picture.render(found, "pdf")


def test_boxes_do_not_overlap(planned: checking.Plan, results: checking.Results) -> None:
    root = ET.fromstring(picture.render(graph(planned.lemmas, results), "svg"))
    space = "{http://www.w3.org/2000/svg}"
    rects = [group.find(f"{space}rect") for group in root.iter(f"{space}g")]
    places = [tuple(float(rect.get(key, "0")) for key in ("x", "y", "width", "height")) for rect in rects if rect is not None]
    for (x1, y1, w1, h1), (x2, y2, w2, h2) in itertools.combinations(places, 2):
        assert x1 + w1 <= x2 or x2 + w2 <= x1 or y1 + h1 <= y2 or y2 + h2 <= y1


def test_another_rung_has_its_own_verdicts_on_the_same_edges(planned: checking.Plan, results: checking.Results) -> None:
    names = [name for name, _ in results]
    other = {(name, "formal"): Evidence("formal", "delegated", "") for name in names if name != "rank_at_most_terms"}
    found = graph(planned.lemmas, {**results, **other}, "formal")
    assert set(found.edges) == set(graph(planned.lemmas, results).edges)
    assert found.nodes["tensor_product_rank"]["standing"] == "delegated"
    assert (
        found.nodes["network_capacity"]["verdict"] == "delegated" and found.nodes["network_capacity"]["standing"] == "undecided"
    )


def test_a_theorem_in_words_does_not_stand_as_proved_because_what_it_rests_on_is() -> None:
    words, below = "max_pooling_shallow_bound", "rank_at_most_terms_any_partition"
    lemmas = checking.plan([words], ["symbolic"]).lemmas
    verdicts = {words: "unavailable", below: "proved"}
    found = {(name, "symbolic"): Evidence("symbolic", verdict, "") for name, verdict in verdicts.items()}
    assert standing(lemmas, found)[words]["symbolic"] == "unavailable"
