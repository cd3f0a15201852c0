-- Whether the status that stands came from a retained message that the broker told again. When it was said first is not
-- known then: whatever the connection itself said of the same epoch is newer, even if it is delivered afterwards.
alter table devices add column status_retained boolean not null default false;
