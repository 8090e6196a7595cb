create schema identity;
create schema identity_api;

create table identity.person (
    id text primary key,
    username text not null unique check (username = lower(username)),
    display_name text not null,
    password_hash text not null,
    roles text[] not null check (cardinality(roles) > 0),
    provider text,
    bureau text,
    active boolean not null default true
);

-- The cookie itself is never stored.
create table identity.session (
    token_hash bytea primary key check (length(token_hash) = 32),
    person text not null references identity.person,
    begun_at timestamptz not null,
    expires_at timestamptz not null
);
create index session_of_person on identity.session (person);
create index session_expiry on identity.session (expires_at);

create table identity.login_attempt (
    id bigint generated always as identity primary key,
    username text not null,
    at timestamptz not null
);
create index login_attempt_of on identity.login_attempt (username, at);

create table identity.audit (
    id bigint generated always as identity primary key,
    at timestamptz not null,
    person text,
    username text not null,
    action text not null
);
create index audit_of_person on identity.audit (person, at);

create view identity_api.session as
select s.token_hash, p.id as person_id, p.username, p.display_name, p.roles, p.provider, p.bureau, s.expires_at
from identity.session s join identity.person p on p.id = s.person
where p.active;
