"""Manifests, held against the schemas of those who read them."""
