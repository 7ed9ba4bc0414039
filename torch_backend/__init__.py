"""The scale rung's engine: large exact and floating checks in torch, on a GPU or a CPU.

Reading order: ``device`` (where to compute), ``products`` (exact products mod p and their self-test), ``drawing`` (random
residues), ``elimination`` (ranks and solutions mod p), ``batches`` (ranks of many small matrices), ``formed`` (networks formed
and eliminated), ``operators`` (networks never formed: block Wiedemann), ``systems`` (number systems whose arrays live there),
``instances`` (of statements), ``networks`` (networks as torch modules, and modulo a prime), ``scale`` (lemmas at large sizes).
Nothing in proofkit imports torch; the scale rung loads this package when it runs.
"""
