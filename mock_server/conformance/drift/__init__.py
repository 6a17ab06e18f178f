"""`check api`: any live server, held to the contract, and nothing shown of what it answers.

What it answers is somebody's personal data: nothing of it goes beyond `asking` and `shapes` but its kind.

    asking      one polite request at a time
    shapes      an answer against its schema, masked
    live        what a run knows of the server: how to call it, what is there to ask about
    answers, refusals, filters (fitting), lists, writes    the cases
    doubts      which choice of each dialect the server shows
    battery     the run
"""
