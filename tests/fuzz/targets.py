"""Every decoder of bytes that others write. What reads only files that this installation wrote for itself (ports, the
leash, accounts made at the first start) is not among them: who can write there can write the program too."""

from __future__ import annotations

from tests.fuzz import browsers, copies, exports, files, panels, police, records, sealed_copies

TARGETS = {
    one.name: one
    for module in (panels, files, records, browsers, police, exports, copies, sealed_copies)
    for one in module.TARGETS
}
