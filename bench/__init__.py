"""Benchmarks: each prints figures as ratios or against what README promises; none is a test."""
