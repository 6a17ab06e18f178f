"""HTTP words to plain values and back.

    brackets     `a[b][]=c` as PHP reads it
    multipart    the text fields of a multipart body
    decoding     query, headers and body of a request -> `Request`
    credentials  the API key in a request, the refusals, and how a key is shown
    paging       `page`, `page_length`, `page_cursor` -> `Window`; `Slice` -> list envelope
    replies      plain values -> `Answer`

Nothing here knows an environment, and nothing a client can send makes it raise anything but `RefusedByRefiner`.
"""
