"""Rule packs as data: what an instrument says of interruptions, where, since when, and for which sites. Pure but for `shelf`."""
