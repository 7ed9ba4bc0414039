"""The scale rung's engine: large exact and floating checks in torch, on a GPU or a CPU."""
