"""Our own routes under `/_mock/api`, listed in `contracts/control.yaml`.

A control function takes a `ControlCall` and returns the plain value of the answer's body. Statuses stand in the table
of `routes`, refusals are raised as errors and become `{"error": "<sentence>"}`.
"""
