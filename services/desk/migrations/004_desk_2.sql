-- Read models of the desk, version 2: dropped and built again from alarm.events at any time.
-- Times are UTC microseconds. "offset" is that of the newest decision that was written.
create schema desk_2;

create table desk_2.alarm (
    id text primary key,
    partition int not null,
    number text not null,
    account text not null,
    site text not null,
    state text not null,
    priority int not null,
    raised_at bigint not null,
    provider text,
    bureau text,
    archived boolean not null default false,
    view jsonb not null
);
create index alarm_open on desk_2.alarm (priority, raised_at, id) where state = 'open';
create index alarm_newest on desk_2.alarm (raised_at desc, id desc);
create index alarm_of_account on desk_2.alarm (account, raised_at desc);
create index alarm_of_site on desk_2.alarm (site, raised_at desc);
create index alarm_by_number on desk_2.alarm (number);
create index alarm_kept on desk_2.alarm (id) where not archived;

create table desk_2.alarm_event (
    alarm text not null,
    partition int not null,
    "offset" bigint not null,
    index int not null,
    time bigint not null,
    event jsonb not null,
    primary key (partition, "offset", index)
);
create index alarm_event_of_alarm on desk_2.alarm_event (alarm, "offset", index);

create table desk_2.escalation (
    id text primary key,
    alarm text not null,
    provider text,
    bureau text,
    state text not null,
    escalated_at bigint not null,
    archived boolean not null default false,
    view jsonb not null
);
create index escalation_newest on desk_2.escalation (escalated_at desc, id desc);
create index escalation_kept on desk_2.escalation (id) where not archived;

create table desk_2.ticket (
    partition int not null,
    id text not null,
    "offset" bigint not null,
    answer jsonb not null,
    events jsonb not null,
    decided_at bigint not null,
    primary key (partition, id)
);

-- `source`: the highest inbox offset decided so far; `last_signal_at`: the newest signal's received_at.
create table desk_2.position (
    partition int primary key,
    "offset" bigint not null,
    head bytea not null,
    log_id text not null,
    source bigint not null,
    decided_at bigint not null,
    last_signal_at bigint
);

-- Signals by the receiver's run that named them and by what they came to.
create table desk_2.accounting (
    run text not null,
    outcome text not null,
    count bigint not null,
    primary key (run, outcome)
);

-- Moved to this version; then nothing needs the one before.
create or replace view desk_api.escalation as select id, bureau, view from desk_2.escalation;
drop schema desk_1 cascade;
