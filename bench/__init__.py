"""Measures refiner-mock beside a bare ASGI application and a minimal Starlette route, in one run: `make bench`.

    workloads    what is asked: requests and budgets
    references   the two servers we are compared with, in processes of their own
    servers      starts and pins servers, reads their CPU time
    load         presses on a server: wrk where it is installed, else a generator of ours
    fixture      what the pytest fixture costs
    rounds       interleaved rounds, and the start-up race
    report       table and JSON

Only ratios within one run mean anything. Nothing here is a test and nothing fails for being slow.
"""
