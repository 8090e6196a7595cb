-- Signals by line and minute, version 1. `socket` is counted by the receivers and can be made by nothing else;
-- `recorded` is dropped and built again from alarm.events at any time, with `position`.
-- Times are UTC microseconds; `minute`: where it begins. `line`: account space/account, '' before it was known.
create schema desk_accounting_1;

-- `ended`: another run of the receivers was seen after it; what it had not kept by then was never acknowledged.
-- `number`: how far its counts were read.
create table desk_accounting_1.run (
    run text primary key,
    number bigint not null default 0,
    ended boolean not null default false
);

-- `kept`: durably appended and acknowledged; `refused`: all of `reasons`.
create table desk_accounting_1.socket (
    run text not null,
    line text not null,
    minute bigint not null,
    received bigint not null,
    kept bigint not null,
    refused bigint not null,
    reasons jsonb not null,
    changed_at bigint not null,
    primary key (minute, line, run)
);
create index socket_of_line on desk_accounting_1.socket (line, minute);

-- `offsets`: where their decisions lie in `partition`.
create table desk_accounting_1.recorded (
    run text not null,
    line text not null,
    minute bigint not null,
    partition int not null,
    surfaced bigint not null,
    logged bigint not null,
    suppressed bigint not null,
    retransmit bigint not null,
    offsets bigint[] not null,
    primary key (minute, line, run, partition)
);
create index recorded_of_line on desk_accounting_1.recorded (line, minute);

create table desk_accounting_1.position (
    partition int primary key,
    "offset" bigint not null,
    head bytea not null,
    decided_at bigint not null
);
