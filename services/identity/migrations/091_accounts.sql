-- What an administrator made of somebody's account; who did it stands in `person`.
alter table identity.audit add column detail jsonb;
