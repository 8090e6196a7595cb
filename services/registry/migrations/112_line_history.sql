-- Published: whose each line (account space/account) was, from `since_us` up to, not with, `until_us`; null: it still is.
-- What came in before anybody had assigned a line is of the site to which it was assigned first; the same for a site and
-- its provider. UTC microseconds.
create index event_of_line on registry.event (
    ((body ->> 'account_space') || '/' || (body ->> 'account')), position
) where type in ('site.line_assigned.v1', 'site.line_released.v1');

create view registry.line_event as
select (body ->> 'account_space') || '/' || (body ->> 'account') as line, body ->> 'site' as site, position, at_us, type
from registry.event
where type in ('site.line_assigned.v1', 'site.line_released.v1');

create view registry_api.line_history as
with had as (
    select e.line, e.site,
        case
            when exists (select from registry.line_event b where b.line = e.line and b.position < e.position) then e.at_us
            else 0
        end as since_us,
        (select n.at_us from registry.line_event n
         where n.line = e.line and n.site = e.site and n.position > e.position
         order by n.position limit 1) as until_us
    from registry.line_event e
    where e.type = 'site.line_assigned.v1'
), was as (
    select h.site, h.name, h.provider, h.bureau,
        case
            when exists (select from registry_api.site_history b where b.site = h.site and b.position < h.position)
            then h.at_us
            else 0
        end as since_us,
        (select n.at_us from registry_api.site_history n
         where n.site = h.site and n.position > h.position
         order by n.position limit 1) as until_us
    from registry_api.site_history h
)
select had.line, had.site, was.name, was.provider, was.bureau, greatest(had.since_us, was.since_us) as since_us,
    least(had.until_us, was.until_us) as until_us
from had join was on was.site = had.site
    and (had.until_us is null or was.since_us < had.until_us) and (was.until_us is null or had.since_us < was.until_us);
