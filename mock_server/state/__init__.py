"""What the pretend service knows: pure Python, no HTTP, no I/O, no async. `environment` is the only door.

    records       the frozen values
    clock, ids    time and identifiers of one environment   orders        rows that are always sorted
    traits        slugs and typed values                    attributes    how they are shown
    identities    who is meant by an id or an e-mail        accounts      the companies
    people        all contacts                              listings      the orders they are listed in
    followers     what is kept of rows, and how it catches up  layers     what forks share
    persons       whom responses belong to                  shapes        traits in little memory
    segments      groups and the rules that fill them       transitions   entering, leaving, triggered events
    surveys       forms                                     responses     their life cycle
    queries       what may be asked of them                 response_lists  the orders they are listed in
    interactions  contacts, surveys and responses together  usage         counters of the month
    environment   the facade over all of these              environments  all of them
    objects       records as Refiner's plain dicts          reporting     the five reports
    seeds         what a new environment holds; seed_documents: reading one

Only environments change, and only through their verbs; everything they hand out is a frozen value.
"""
