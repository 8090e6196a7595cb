"""Receiving: reports become signals with an id, a time and a subject, and are kept before anyone is answered."""
