-- Interruptions and maintenance windows, version 1: dropped and built again from alarm.events at any time, with a
-- position of their own. Times are UTC microseconds.
create schema desk_interruption_1;

-- `finding`: settling, covered, lead or notice.
create table desk_interruption_1.interruption (
    id text primary key,
    site text not null,
    provider text,
    bureau text,
    finding text not null,
    restored boolean not null,
    began_at bigint not null,
    archived boolean not null default false,
    view jsonb not null
);
create index interruption_newest on desk_interruption_1.interruption (began_at desc, id desc);
create index interruption_of_site on desk_interruption_1.interruption (site, began_at desc);
create index interruption_kept on desk_interruption_1.interruption (id) where not archived;

create table desk_interruption_1.maintenance_window (
    id text primary key,
    site text not null,
    provider text,
    bureau text,
    until_us bigint not null,
    decided_at bigint not null,
    archived boolean not null default false,
    view jsonb not null
);
create index maintenance_window_newest on desk_interruption_1.maintenance_window (decided_at desc, id desc);
create index maintenance_window_of_site on desk_interruption_1.maintenance_window (site, decided_at desc);
create index maintenance_window_kept on desk_interruption_1.maintenance_window (id) where not archived;

-- `about`: the interruption or window.
create table desk_interruption_1.event (
    about text not null,
    partition int not null,
    "offset" bigint not null,
    index int not null,
    time bigint not null,
    event jsonb not null,
    primary key (partition, "offset", index)
);
create index event_of on desk_interruption_1.event (about, "offset", index);

create table desk_interruption_1.position (
    partition int primary key,
    "offset" bigint not null,
    head bytea not null,
    log_id text not null,
    source bigint not null,
    decided_at bigint not null,
    last_signal_at bigint
);
