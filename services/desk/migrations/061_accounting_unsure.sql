-- Since when the receivers are away, or hold signals in their spool: what came in since then is not yet missing.
alter table desk_accounting_1.run add column unsure_since bigint;
