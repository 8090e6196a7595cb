"""What the decisions look like to people: views folded from them, and who may see which. Pure, shared by every reader."""
