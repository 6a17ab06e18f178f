"""Reads `contracts/` and judges exchanges by it; knows no server.

document, operations, prepared, lines    the OpenAPI document, compiled
dialects                                 how it reads under the choices of an environment
exchange                                 one request and its answer as plain values
coercion, readers                        what was sent becomes what the operation wants
rules, violation                         what may be broken, and one broken rule as it is told
verdict, names, sequence                 who judges: one exchange, its names, many exchanges
"""
