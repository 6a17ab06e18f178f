"""Webhooks: who wants which triggered event, what it looks like on the wire, and the engine that sends it.

fields          what may be said of a webhook, and how it is checked
subscriptions   what is registered, and which of it wants an event
payloads        a triggered event as the JSON that Refiner sends
schedule        when an attempt is made again: the retry ladders as data
targets         which addresses may be posted to, checked when a connection is made
names           how the name of a target becomes addresses
log             deliveries and their attempts, bounded
turnstile       who goes next: bounds, order and fairness between targets, without any I/O
sender          one attempt over HTTP
policy          what an environment's delivery policy does to order, and its dice
desk            the deliveries of one environment on its clock
desks           all of them, and what goes on when one is cleared
attempts        from due to done: in line, in flight, and what came of it
delivery        DeliveryEngine, the door to all of it
happened        what a test delivery sends: the last event of its kind

How Refiner retries, times out, orders and limits is known from no source: all of that is assumed (g5).
"""
