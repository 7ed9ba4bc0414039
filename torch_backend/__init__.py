"""The scale rung's engine: large exact and floating checks in torch, on a GPU or a CPU.

Reading order: ``device`` (where to compute), ``systems`` (number systems whose products run there), ``elimination`` (ranks modulo
a prime), ``scale`` (lemmas at large sizes). Nothing in proofkit imports torch; the scale rung loads this package when it runs.
"""
