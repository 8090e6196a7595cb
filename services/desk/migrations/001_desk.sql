-- Read models of the desk, version 1: dropped and built again from alarm.events at any time.
-- Times are UTC microseconds. "offset" is that of the newest decision that was written.
create schema desk_1;

create table desk_1.alarm (
    id text primary key,
    partition int not null,
    account text not null,
    state text not null,
    priority int not null,
    raised_at bigint not null,
    provider text,
    bureau text,
    archived boolean not null default false,
    view jsonb not null
);
create index alarm_open on desk_1.alarm (priority, raised_at, id) where state = 'open';
create index alarm_newest on desk_1.alarm (raised_at desc, id desc);
create index alarm_of_account on desk_1.alarm (account, raised_at desc);
create index alarm_kept on desk_1.alarm (id) where not archived;

create table desk_1.alarm_event (
    alarm text not null,
    partition int not null,
    "offset" bigint not null,
    index int not null,
    time bigint not null,
    event jsonb not null,
    primary key (partition, "offset", index)
);
create index alarm_event_of_alarm on desk_1.alarm_event (alarm, "offset", index);

create table desk_1.escalation (
    id text primary key,
    alarm text not null,
    provider text,
    bureau text,
    state text not null,
    escalated_at bigint not null,
    archived boolean not null default false,
    view jsonb not null
);
create index escalation_newest on desk_1.escalation (escalated_at desc, id desc);
create index escalation_kept on desk_1.escalation (id) where not archived;

create table desk_1.ticket (
    partition int not null,
    id text not null,
    "offset" bigint not null,
    answer jsonb not null,
    events jsonb not null,
    decided_at bigint not null,
    primary key (partition, id)
);

-- `source`: the highest inbox offset decided so far; `last_signal_at`: the newest signal's received_at.
create table desk_1.position (
    partition int primary key,
    "offset" bigint not null,
    head bytea not null,
    log_id text not null,
    source bigint not null,
    decided_at bigint not null,
    last_signal_at bigint
);
