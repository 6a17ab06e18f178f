"""Measures refiner-mock beside bare references, in one run: `make bench`, and `make bench-peers` for other servers.

    figures      what a measurement is given, and what it returns: figures beside their budgets
    workloads    what is asked: requests and budgets
    references   the two servers we are compared with, in processes of their own
    servers      starts and pins servers, reads their CPU time
    load         presses on a server: wrk where it is installed, else a generator of ours
    rounds       W1 to W3: interleaved rounds
    start        W4: the start-up race, and its imports
    memory       W5
    posts        the other ends of W6: a receiver, and a client in a bare loop
    deliveries   W6
    growth       W7, by itself; `scale` runs it for the table
    fixture      W8: what the pytest fixture costs
    page         W9: when the page can be seen
    judging      what the judge costs
    report       tables and JSON
    peers        the race against other mock servers, those of `peer_table`
    balance      one server, and two behind nginx
    readme       writes what was measured last into the README

Only ratios within one run mean anything. Nothing here is a test and nothing fails for being slow.
"""
