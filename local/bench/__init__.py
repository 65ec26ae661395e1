"""Measures what a finding costs, against the least that the same fix could cost. See ``docs/performance.md``."""
