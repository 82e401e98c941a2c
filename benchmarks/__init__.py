"""How fast the product is, measured on demand against a bare reference in the same run.

``python -m benchmarks.proposals`` (``make bench``); nothing here runs with the tests.
"""
