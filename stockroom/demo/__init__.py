"""The demo clinic: invented people and products, eighteen months of work, made by the operations themselves."""
