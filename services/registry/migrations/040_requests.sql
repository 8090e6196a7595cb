-- The asker's own id of what was asked, by which a repetition is known.
alter table registry.event add column request text not null default '';

-- The register at an instant is what lies up to the newest event stored by then.
create index event_at on registry.event (at_us, position);

-- In whose area the authority of a filing is competent.
alter table registry.filing add column division text;

create or replace view registry_api.provider as
select p.id, p.name,
    coalesce(
        (select jsonb_agg(jsonb_build_object('authority', f.authority, 'state', f.state, 'since', f.since,
                                             'reference', f.reference, 'division', f.division)
                          order by f.authority)
         from registry.filing f where f.provider = p.id),
        '[]'::jsonb) as filings
from registry.provider p;

create table registry.bureau (
    id text primary key,
    name text not null,
    divisions text[] not null
);
create view registry_api.bureau as
select id, name, divisions from registry.bureau;

create or replace view registry_api.provider_history as
select body ->> 'provider' as provider, position, at_us, body ->> 'name' as name
from registry.event
where type in ('provider.registered.v1', 'provider.renamed.v1');
drop index registry.event_of_provider;
create index event_of_provider on registry.event ((body ->> 'provider'), position)
where type in ('provider.registered.v1', 'provider.renamed.v1');
