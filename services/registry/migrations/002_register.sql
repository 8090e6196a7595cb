-- The register as it is now, written in the transaction of the events; rebuildable from them.
create table registry.provider (
    id text primary key,
    key text not null unique,
    name text not null
);

create table registry.filing (
    provider text not null references registry.provider,
    authority text not null,
    state text not null,
    since text,
    primary key (provider, authority)
);

create table registry.site (
    id text primary key,
    key text not null unique,
    name text not null,
    provider text not null references registry.provider,
    site_class text not null,
    division text not null,
    bureau text not null,
    lon double precision,
    lat double precision
);

create table registry.line (
    account_space text not null,
    account text not null,
    site text not null references registry.site,
    primary key (account_space, account)
);
create index line_of_site on registry.line (site);

-- Published: other services read these and nothing else.
create view registry_api.provider as
select p.id, p.name,
    coalesce(
        (select jsonb_agg(jsonb_build_object('authority', f.authority, 'state', f.state, 'since', f.since)
                          order by f.authority)
         from registry.filing f where f.provider = p.id),
        '[]'::jsonb) as filings
from registry.provider p;

create view registry_api.site as
select s.id, s.name, s.site_class, s.division, s.lon, s.lat, s.bureau, s.provider, p.name as provider_name
from registry.site s join registry.provider p on p.id = s.provider;

create view registry_api.line as
select account_space, account, site from registry.line;
