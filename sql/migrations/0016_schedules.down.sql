-- Takes back 0016_schedules: changed times and pauses are lost.
DROP TABLE schedules;
