-- A password that somebody else knows, since they gave it: with it one may only choose another.
alter table identity.person add column password_given boolean not null default false;
