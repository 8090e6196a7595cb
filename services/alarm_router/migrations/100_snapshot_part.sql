-- A state in parts, so that a large one is neither sent nor read in one piece. A router of before this keeps its states
-- whole, in `state` of the row above, of its own fold; ours leaves that empty.
alter table alarm_router.snapshot alter column state set default '';
create table alarm_router.snapshot_part (
    partition int not null,
    fold text not null,
    "offset" bigint not null,
    number int not null,
    state bytea not null,
    primary key (partition, fold, "offset", number),
    foreign key (partition, fold, "offset") references alarm_router.snapshot on delete cascade
);
