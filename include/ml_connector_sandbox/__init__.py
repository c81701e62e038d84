"""The vendors' APIs as one would meet them: HTTP servers written from public API facts alone."""
