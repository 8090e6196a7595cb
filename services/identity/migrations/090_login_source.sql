-- Failures count by name and source: somebody's wrong passwords at another machine keep nobody out of his own.
-- What was counted by the name alone is forgotten, five minutes of it.
delete from identity.login_attempt;
alter table identity.login_attempt add column source text not null;
drop index identity.login_attempt_of;
create index login_attempt_of on identity.login_attempt (username, source, at);
create index login_attempt_at on identity.login_attempt (at);
