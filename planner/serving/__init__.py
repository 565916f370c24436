"""What a replica of an llm on a card can do within the promise: the serving table. Knows no money and no solver."""
