-- Published: who people are and what they may do, for those who hand work on to them.
create view identity_api.person as
select id, display_name, roles, provider, bureau, active from identity.person;
