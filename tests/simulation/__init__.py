"""A model of the whole, played with a seed: the real relay, sweep, informers, projections and rows.

What is not real: the clock, the order in which things happen, the network, the controllers. All of that
is chance drawn from the seed, so that a failing seed fails again, line by line:

    python -m tests.simulation 4711
"""
