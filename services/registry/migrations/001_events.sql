-- The registry's event store. One gapless position: this table is the outbox that the relay follows.
create schema registry;
create schema registry_api;

create table registry.event (
    position bigint primary key check (position > 0),
    stream text not null,
    version integer not null check (version > 0),
    type text not null,
    at_us bigint not null,
    -- json, not jsonb: kept to the byte
    body json not null,
    by text not null,
    unique (stream, version)
);

create function registry.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'registry.event is only ever appended to';
end
$$;

create trigger event_is_appended_only
before update or delete or truncate on registry.event
for each statement execute function registry.refuse_change();

-- How far the relay's records were acknowledged by the broker, for each partition of the inbox.
create table registry.relay (
    partition integer primary key,
    position bigint not null
);
