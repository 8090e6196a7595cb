-- States of the router, so that it need not fold a partition from its beginning. A cache: deleting rows changes
-- nothing. `"offset"`: of the newest decision in it; `head`: digest of that record; `fold`: of the code that folded.
create schema alarm_router;
create table alarm_router.snapshot (
    partition int not null,
    fold text not null,
    "offset" bigint not null,
    head bytea not null,
    source_offset bigint not null,
    source_hash bytea not null,
    state bytea not null,
    made_at bigint not null,
    primary key (partition, fold, "offset")
);
