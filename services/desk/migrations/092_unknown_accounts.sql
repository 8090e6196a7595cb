-- Published: accounts with an open alarm whose site nobody had registered when it was raised, by their shell sites.
create view desk_api.unknown_account as
select distinct view ->> 'account_space' as account_space, account, site as shell from desk_2.alarm
where state = 'open' and view ->> 'site_known' = 'false' and account <> '';
