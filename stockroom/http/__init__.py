"""The HTTP floor: problems, keys, ETags, pages, strict bodies, headers and request logs."""
