"""Clients, against servers that answer well, badly, or not at all."""
