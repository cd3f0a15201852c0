-- Gives the audit log to a role that nobody can sign in as, so that the program's own role may add to it and read it, and
-- nothing else. For psql, as a superuser, after `epicura migrate`; again does no harm. `program` is the role that the
-- program signs in as:
--   psql -d epicura -v program=epicura -f conf/audit_owner.sql
-- A later migration that changes the table needs it back for a moment: grant epicura_audit to the program's role, migrate,
-- run this again.
\set ON_ERROR_STOP on
begin;
set local search_path = pg_catalog;
set local lock_timeout = '5s';
set local client_min_messages = error; -- a revoke of what was not granted warns
select 'create role epicura_audit nologin' where not exists (select from pg_roles where rolname = 'epicura_audit') \gexec
grant usage on schema public to epicura_audit;
alter table public.audit_log owner to epicura_audit;
alter function public.audit_log_chain() owner to epicura_audit;
alter function public.audit_log_refuse() owner to epicura_audit;
alter function public.audit_forget_addresses(uuid) owner to epicura_audit;
revoke all on public.audit_log from public, :"program", epicura_audit;
grant select, insert, update (address) on public.audit_log to epicura_audit;
grant select, insert on public.audit_log to :"program";
grant execute on function public.audit_forget_addresses(uuid) to :"program";
revoke epicura_audit from :"program";
commit;
