-- The authority's number of a filing.
alter table registry.filing add column reference text;

create or replace view registry_api.provider as
select p.id, p.name,
    coalesce(
        (select jsonb_agg(jsonb_build_object('authority', f.authority, 'state', f.state, 'since', f.since,
                                             'reference', f.reference)
                          order by f.authority)
         from registry.filing f where f.provider = p.id),
        '[]'::jsonb) as filings
from registry.provider p;

-- How far the counting decisions show that the register is known, for each partition: rebuilt from the record.
truncate registry.relay;
comment on table registry.relay is 'the newest registry position that a counting decision noted, by partition';
