"""The schedule's entrance: what runs without anybody asking."""
