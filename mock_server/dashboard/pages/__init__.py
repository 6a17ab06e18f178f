"""One module per page; a view is `async def name(call: PageCall) -> Page | Done`."""
