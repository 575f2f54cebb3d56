"""The text of a barcode in, a frozen value out, and back where the label is ours to print."""
