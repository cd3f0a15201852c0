-- Readings, one partition for each UTC day, no default partition (one that holds rows blocks making the right one).
-- The key is also the index of every read: a device's newest rows are its backward scan. Metrics compare by bytes.
-- No foreign key to devices: a reading is stored whether or not its device's row is there yet.
create table device_telemetry (
  device_id   uuid not null,
  recorded_at timestamptz not null,
  seq         bigint not null default -1,  -- -1: the device gave none
  value       double precision not null,
  metric      text collate "C" not null,
  unit        text,
  session_id  uuid,
  primary key (device_id, recorded_at, metric, seq)
) partition by range (recorded_at);
