-- Published: what the register called things, as known at any instant: the newest row with at_us <= T.
create index event_of_site on registry.event ((body ->> 'site'), position)
where type in ('site.registered.v1', 'site.corrected.v1');

create index event_of_provider on registry.event ((body ->> 'provider'), position)
where type = 'provider.registered.v1';

create view registry_api.site_history as
select body ->> 'site' as site, position, at_us, body -> 'details' ->> 'name' as name,
    body -> 'details' ->> 'provider' as provider, body -> 'details' ->> 'division' as division,
    body -> 'details' ->> 'bureau' as bureau, (body -> 'details' ->> 'lon')::float8 as lon,
    (body -> 'details' ->> 'lat')::float8 as lat
from registry.event
where type in ('site.registered.v1', 'site.corrected.v1');

create view registry_api.provider_history as
select body ->> 'provider' as provider, position, at_us, body ->> 'name' as name
from registry.event
where type = 'provider.registered.v1';
