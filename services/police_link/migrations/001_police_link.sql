-- The console's side: notices taken, one for each escalation however often it was sent.
create schema police_link;
create table police_link.notice (
    escalation text primary key,
    first_at bigint not null,
    newest_at bigint not null,
    times int not null default 1,
    body jsonb not null
);
