"""The third step: rows and a transformer in, a model out that is worth serving.

Choosing (`search`, `trials`, `threshold`) sees training rows only; the held-out ones are shown to
the chosen model once, by `evaluation`. What is chosen is always something a person could have
named: an algorithm of the spec with hyperparameters of the spec. `publish` is the last act.
"""
