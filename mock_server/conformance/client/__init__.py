"""The kit that judges a client of Refiner's API: cases, properties and bets, each against the truth of a twin."""
