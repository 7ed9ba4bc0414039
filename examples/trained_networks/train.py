"""Train small deep networks on a toy task, and certify what a shallow network would need to do the same.

    python examples/trained_networks/train.py [DIRECTORY]

The task: eight inputs of two kinds, and whether each is of the same kind as its neighbour (1 and 2, 3 and 4, ..). Trained are an
arithmetic circuit that pools neighbours, one that pools inputs far apart, and a rectifier network (max pooling) that pools
neighbours. Their trained weights, floating-point numbers that stand for their exact values, are written as network files with
certificates of the ranks of their tensors. Needs torch.
"""

from __future__ import annotations

import itertools
import sys
from pathlib import Path
from typing import Any

import torch

from proofkit.certify import weights
from proofkit.fields import FLOAT64
from proofkit.networks import Network, content_of, deep_tree, from_content, pooling_tree, random_network, write_network
from proofkit.networks.approximation import distance_to_shallow
from torch_backend.networks import to_torch

MODES, KINDS = 8, 2
TREES = {"neighbours": deep_tree(3), "far apart": pooling_tree([[[0, 4], [1, 5]], [[2, 6], [3, 7]]])}


def task() -> tuple[Any, Any]:
    """All inputs, as values of M = 2 representation functions that tell the kinds apart, and the answers."""
    grid = torch.tensor(list(itertools.product(range(KINDS), repeat=MODES)))
    same = (grid[:, 0::2] == grid[:, 1::2]).all(dim=1)
    return torch.nn.functional.one_hot(grid, KINDS).to(torch.float64), same.to(torch.float64)


def train(network: Network, steps: int) -> tuple[Network, float]:
    """The network after training, its weights read back exactly, and the share of the answers' variance that it leaves open."""
    inputs, answers = task()
    module = to_torch(network)
    optimizer = torch.optim.Adam(module.parameters(), lr=0.02)
    for _ in range(steps):
        optimizer.zero_grad()
        loss = ((module(inputs)[:, 0] - answers) ** 2).mean()
        loss.backward()
        optimizer.step()
    unexplained = ((module(inputs)[:, 0] - answers) ** 2).mean().detach() / answers.var(unbiased=False)
    return from_content(content_of(module.to_network())), float(unexplained)


def start(tree: Any, pool: str, seed: int) -> Network:
    """Small random weights."""
    shape = random_network(tree, KINDS, (3, 2, 2), FLOAT64, pool=pool)
    generator = torch.Generator().manual_seed(seed)
    draws = {name: torch.rand(m.shape, generator=generator, dtype=torch.float64) for name, m in shape.weights.items()}
    return Network(tree, {name: FLOAT64.array((draw + 0.2).numpy()) for name, draw in draws.items()}, KINDS, pool)


def main(directory: Path, steps: int = 600, seed: int = 1) -> list[dict[str, Any]]:
    """Train, certify, and print; one row a network, with what was certified across odd | even inputs and across halves."""
    torch.manual_seed(seed)
    rows = []
    for title, tree, pool in (
        ("circuit, neighbours pooled", "neighbours", "product"),
        ("circuit, far apart pooled", "far apart", "product"),
        ("max pooling, neighbours", "neighbours", "max"),
    ):
        network, open_share = train(start(TREES[tree], pool, seed), steps)
        place = directory / f"{title.replace(', ', '-').replace(' ', '-')}.json"
        write_network(network, place)
        odd, halves = weights(network), weights(network, range(MODES // 2))
        for name, found in (("odd-even", odd), ("halves", halves)):
            if found.sealed is not None:
                found.sealed.write(place.with_suffix(f".{name}.certificate"))
        row = {"network": title, "open": open_share, "odd | even": odd.content(), "halves": halves.content()}
        print(f"{title}: {open_share:.1%} of the variance left open")
        print(f"  rank {odd.rank.lower} across odd | even inputs, {halves.rank.lower} across halves: {odd.rank.grade}")
        print(f"  a shallow network of the same pooling needs at least {odd.shallow_channels} channels")
        if pool == "product":
            row["distance"] = distance_to_shallow(network, 4, partitions=[odd.rows]).distance
            print(f"  with 4 channels it is at least {row['distance']:.3f} away (computed, in the norm of the tensors)")
        rows.append(row)
    return rows


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "trained"))
