-- How far a process that acts on decisions has read each partition. Moved only after what followed was acknowledged.
create table jiejing.reading_place (
    reader text not null,
    partition int not null,
    "offset" bigint not null,
    head bytea not null,
    primary key (reader, partition)
);
