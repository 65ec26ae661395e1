"""The ports in memory. They behave as AWS's do, as ``tests/contract`` shows, and every call of them can be watched."""
