-- What came with a later sending: ids of supplements and requests, each taken once.
alter table police_link.notice add column additions text[] not null default '{}';
