"""Deterministic simulation: several deliveries at once, switched between at every call, over the ports in memory.

``python -m tests.simulation --help`` runs one schedule, or looks for a bad one.
"""
