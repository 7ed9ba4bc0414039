"""SimNets: the log-space twin of an arithmetic circuit computes the logarithm of what the circuit computes.

A SimNet's similarity layer takes the inputs to logarithms; the net sums where the circuit multiplies, and has MEX layers where
the circuit has sums with weights: MEX_e(c_1 .. c_n) = (1 / e) log((1 / n) sum exp(e c_i)), without the 1 / n in softmax mode.
At e = 1 and in softmax mode, with offsets log(weight), exp of it is the circuit: for all positive weights and every pooling
tree, and for signed weights with signs carried beside. The circuit of thousands of inputs overflows; its logarithm does not.

Source: N. Cohen, O. Sharir, A. Shashua, Deep SimNets (CVPR 2016), section 4.
"""

from collections.abc import Iterator

import numpy as np

from proofkit import Computation, FalseSibling, Lemma
from proofkit.fields import Floating, Narrow, NumberSystem, Q
from proofkit.networks import Network, deep_tree, pooling_tree, random_arrays, random_network
from proofkit.networks.simnets import Signed, SimNet

TREES = {"two levels": deep_tree(2), "windows of 3 and 2": pooling_tree([[0, 1, 2], [4, 3]])}


def computations(system: NumberSystem, seed: int) -> Iterator[Computation]:
    """exp of the twin against the circuit, weights positive and signed; a twin of other weights has to differ."""
    if not isinstance(system, Floating) or isinstance(system, Narrow):
        return
    for text, tree in TREES.items():
        for signed in (False, True):
            shapes = {name: each.shape for name, each in random_network(tree, 2, [3, 2][: tree.level], Q, seed).weights.items()}
            network = Network(tree, random_arrays(shapes, Q, seed, signed=signed, top=9), 2)
            inputs = np.random.default_rng(seed).uniform(0.5, 2.0, size=(network.modes, 2)).astype(system.dtype)
            circuit = network.over(system).forward(system.array(inputs))
            twin = SimNet(network, system.dtype)
            found = twin.forward(Signed.of(inputs, system.dtype)).numbers(system)
            other = twin.forward(Signed.of(2 * inputs, system.dtype)).numbers(system)
            yield Computation(f"{text}, {'signed' if signed else 'positive'} weights", circuit, found, altered=other)


LEMMA = Lemma(
    title="SimNets: the twin in log-space",
    statement="for positive weights and inputs exp of a SimNet with MEX layers in softmax mode at e = 1 is the arithmetic "
    "circuit with the exponentials of its weights, for every pooling tree; with signs carried beside, so it is for weights "
    "and inputs of any sign",
    in_words=True,
    field="R",
    sibling=FalseSibling(
        "at any other e, too", why="two equal terms add to twice one, by no other e", formal="simnet.twin_other"
    ),
    source="Cohen, Sharir and Shashua 2016, Deep SimNets",
    idea="the logarithm takes products to sums, and sums to MEX",
    computations=computations,
    formal=("simnet.twinE", "simnet.twin_net", "simnet.signedtwinE", "simnet.signedtwin_log"),
)
