"""Refiner's own routes, one file per resource.

A route function is the snake_case of its `operationId`; it takes a `Call` and returns the plain value of the answer's
body. Status, refusals and encoding are `mirror`'s business, parameters are the contract's.
"""
