"""A shallow network computes the contraction of a sum of rank-one tensors: shallow network = CP decomposition.

The network multiplies, in each of Z channels, the numbers <a_(i,z), f(x_i)> over all inputs i, and adds the
channels with weights c. P holds the products of the vectors of some of the inputs, one column a channel, and u the
product of their representations; Q and v those of the other inputs. So the left side is the tensor sum_z c_z p_z
(x) q_z contracted with the representations of all inputs, the right side is what the network computes; with all
inputs in P and Q in turn, this holds for every number of inputs.

Source: N. Cohen, O. Sharir, A. Shashua, On the expressive power of deep learning: a tensor analysis (COLT 2016),
section 3.
"""

from collections.abc import Iterator

from proofkit import Computation, FalseSibling, Lemma
from proofkit.fields import NumberSystem
from proofkit.networks import contracted, random_arrays, random_shallow


def forward_passes(system: NumberSystem, seed: int) -> Iterator[Computation]:
    """Networks of 2 to 16 inputs, run on inputs, against the contraction of their coefficient tensors."""
    for levels in (1, 2, 3, 4):
        network = random_shallow(2**levels, 2, 3, system, seed)
        values = random_arrays({"f": (network.modes, 2)}, system, seed)["f"]
        output, same = network.forward(values).reshape(), contracted(network.tensor(), values)
        yield Computation(f"N = {network.modes}", output, same, altered=same * 3 + system.ones())


LEMMA = Lemma(
    title="Shallow network = CP decomposition",
    statement='einsum("ij,i,j->", level(c, P, Q), u, v) == c @ hadamard(P.T @ u, Q.T @ v)',
    where="c: Z; P: p Z; Q: q Z; u: p; v: q",
    sibling=FalseSibling(
        'einsum("ij,i,j->", level(c, P, Q), u, v) == (c @ (P.T @ u)) * (c @ (Q.T @ v))',
        where="c: Z; P: p Z; Q: q Z; u: p; v: q",
        why="channels are multiplied before they are added",
    ),
    source="Cohen, Sharir and Shashua 2016, section 3",
    idea="both sides are one diagram: every factor meets its input, and all meet in the channel",
    exhaustive={"Z": 2, "p": 2, "q": 2},
    computations=forward_passes,
    formal=("network.one_level", "network.shallowE", "network.shallow_CP", "network.CP_shallow"),
)
