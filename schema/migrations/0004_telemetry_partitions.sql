-- Partitions are called device_telemetry_YYYYMMDD after their UTC day. Both functions may be called at any time, by
-- any number of processes: one at a time works, and gives up after 2 s without its lock (55P03), since behind a lock
-- that is waited for readers and writers would wait too. Longer than deadlock_timeout (1 s), so that an autovacuum in
-- the way is cancelled first.

-- Makes what is missing of the days first_day..last_day, both included; how many it made. A table is made alone and
-- then attached, which lets reads and writes of the others go on.
create function epicura_make_partitions(first_day date, last_day date) returns bigint
language plpgsql
set lock_timeout = '2s'
as $$
declare
  space text := (select n.nspname from pg_class c join pg_namespace n on n.oid = c.relnamespace
                 where c.oid = 'device_telemetry'::regclass);
  day date := first_day;
  part text;
  made bigint := 0;
begin
  perform pg_advisory_xact_lock(1701865827, 3);
  while day <= last_day loop
    part := format('%I.%I', space, 'device_telemetry_' || to_char(day, 'YYYYMMDD'));
    if to_regclass(part) is null then
      -- Readings are inserted and never changed: autovacuum looks at a day when it has doubled, not at each fifth.
      execute format('create table %s (like %I.device_telemetry including all) with (autovacuum_vacuum_insert_threshold '
                     '= 1000000, autovacuum_vacuum_insert_scale_factor = 1, autovacuum_analyze_threshold = 100000, '
                     'autovacuum_analyze_scale_factor = 1)', part, space);
      execute format('alter table %I.device_telemetry attach partition %s for values from (%L) to (%L)', space, part,
                     to_char(day, 'YYYY-MM-DD') || ' 00:00:00+00', to_char(day + 1, 'YYYY-MM-DD') || ' 00:00:00+00');
      made := made + 1;
    end if;
    day := day + 1;
  end loop;
  return made;
end
$$;

-- Drops the days before first_kept; how many.
create function epicura_drop_partitions(first_kept date) returns bigint
language plpgsql
set lock_timeout = '2s'
as $$
declare
  part regclass;
  dropped bigint := 0;
begin
  perform pg_advisory_xact_lock(1701865827, 3);
  for part in
    select c.oid from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'device_telemetry'::regclass
      and c.relname ~ '^device_telemetry_[0-9]{8}$'
      and to_date(right(c.relname, 8), 'YYYYMMDD') < first_kept
    order by c.relname
  loop
    execute format('drop table %s', part);
    dropped := dropped + 1;
  end loop;
  return dropped;
end
$$;
