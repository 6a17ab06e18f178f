"""The five ways to write a report; each module has one `render(report) -> str`, loaded when it is wanted."""
