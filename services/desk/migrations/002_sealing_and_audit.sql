-- Keys of sealed free text, one for each subject: erasing a row erases the text, and the record still verifies.
create schema sealing;
create table sealing.key (
    subject text primary key,
    id text not null unique,
    key bytea not null
);

-- Every look at protected data. Not a read model: nothing can build it again.
create schema if not exists audit;
create table audit.access (
    number bigint generated always as identity primary key,
    at bigint not null,
    person text not null,
    action text not null,
    subject text not null,
    detail jsonb not null default '{}'::jsonb
);
create index access_of_person on audit.access (person, at);
create index access_of_subject on audit.access (subject, at);
