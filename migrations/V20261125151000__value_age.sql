-- How long a net asset value measures holdings follows from how often its class is valued (dealing_frequency), as the age of a
-- price does: a second number beside it could contradict it.
alter table share_class drop column nav_max_age_days;
