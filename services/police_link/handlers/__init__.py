"""Orders go out, receipts come back."""
