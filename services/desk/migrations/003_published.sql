-- Published: other services read these and nothing else. A new version of the read models moves the views.
create schema desk_api;
create view desk_api.escalation as select id, bureau, view from desk_1.escalation;
