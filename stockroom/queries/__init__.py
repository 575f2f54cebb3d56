"""The queries floor: what screens, exports and reports show; read-only, frozen rows, bounded statements."""
