-- A list or a search reads about as much as it shows, however much is kept: for each way to ask there is an index in the
-- order of the answer. Account numbers are compared byte by byte, so that an index knows how they begin.
drop index desk_2.alarm_of_account;
create index alarm_of_account on desk_2.alarm (account collate "C", raised_at desc, id desc);
create index alarm_of_provider on desk_2.alarm (provider, raised_at desc, id desc);

create index escalation_of_provider on desk_2.escalation (provider, escalated_at desc, id desc);
create index escalation_of_bureau on desk_2.escalation (bureau, escalated_at desc, id desc);

create index interruption_of_provider on desk_interruption_1.interruption (provider, began_at desc, id desc);
create index interruption_of_finding on desk_interruption_1.interruption (finding, began_at desc, id desc);
create index interruption_going_on on desk_interruption_1.interruption (began_at desc, id desc) where not restored;
create index maintenance_window_of_provider
    on desk_interruption_1.maintenance_window (provider, decided_at desc, id desc);
