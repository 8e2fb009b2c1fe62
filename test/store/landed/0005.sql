-- A database of schema 5, as the hub that landed it wrote it. Never edited: the test opens it with today's.

CREATE TABLE access_events (
  seq integer primary key autoincrement,
  id text not null unique,
  nhs_number text not null,
  at text not null,
  ods_code text not null,
  organisation_name text not null,
  user_id text not null,
  user_name text not null,
  role_code text,
  role_name text,
  location text,
  notified text not null,
  caller text not null,
  request_id text not null
, role_profile_id text) strict;
CREATE TABLE attendances (
  seq integer primary key autoincrement,
  id text not null unique,
  nhs_number text not null,
  received_at text not null,
  report text not null,
  notified text not null,
  caller text not null,
  request_id text not null
) strict;
CREATE TABLE authorities (
  code text primary key,
  name text not null,
  dfe_code text,
  ods_code text,
  office_hours_phone text not null,
  emergency_duty_phone text not null,
  steward_name text not null,
  steward_role text not null,
  steward_email text not null,
  steward_phone text not null,
  wave integer not null,
  status text not null,
  visible_to_health integer not null,
  acceptance text not null,
  children_in_scope integer,
  last_dataset_id text,
  last_dataset_sequence integer,
  last_dataset_accepted_at text,
  last_dataset_extracted_at text,
  last_dataset_record_count integer,
  last_returned_id text,
  last_returned_sequence integer,
  last_returned_received_at text,
  last_returned_finding_count integer,
  version integer not null
) strict, without rowid;
CREATE TABLE days_run (
    day text primary key
  ) strict, without rowid;
CREATE TABLE days_undone (
    day text not null,
    authority_code text not null references authorities (code),
    primary key (day, authority_code)
  ) strict, without rowid;
CREATE TABLE health_activity (
  ods_code text primary key,
  last_lookup_at text,
  last_attendance_at text
) strict, without rowid;
CREATE TABLE hub_state (
  id integer primary key check (id = 1),
  last_maintenance_at text,
  last_maintenance_day text,
  probes integer not null
, erase_due integer not null default 0) strict;
CREATE TABLE idempotency_keys (
  caller text not null,
  action text not null,
  key text not null,
  fingerprint text not null,
  kept_at text not null,
  reply text not null,
  primary key (caller, action, key)
) strict, without rowid;
CREATE TABLE notifications (
  seq integer primary key autoincrement,
  id text not null unique,
  authority_code text not null references authorities (code),
  kind text not null,
  created_at text not null,
  attempt integer not null,
  lease_id text,
  leased_until text,
  acknowledged_at text,
  payload text not null
) strict;
CREATE TABLE off_index (
  nhs_number text primary key,
  since text not null
) strict, without rowid;
CREATE TABLE people (
  nhs_number text primary key,
  family_name text,
  family_key text,
  given_names text not null,
  birth_date text,
  gender text,
  state text not null,
  replaced_by text,
  adopted integer not null,
  made_by_seed integer not null,
  version integer not null
) strict, without rowid;
CREATE TABLE plans (
  seq integer primary key autoincrement,
  nhs_number text not null,
  authority_code text not null references authorities (code),
  plan_type text not null,
  start_date text not null,
  id text not null,
  end_date text,
  expected_delivery_date text,
  local_id text,
  family_name text,
  given_names text not null,
  birth_date text
) strict;
CREATE TABLE receipts (
  seq integer primary key autoincrement,
  id text not null unique,
  authority_code text not null references authorities (code),
  sequence integer not null,
  accepted integer not null,
  content_digest text not null,
  received_at text not null,
  caller text not null,
  request_id text not null,
  summary text not null,
  findings text not null
) strict;
CREATE INDEX access_events_by_number on access_events (nhs_number, at, seq, ods_code, user_id);
CREATE INDEX attendances_by_number on attendances (nhs_number);
CREATE INDEX idempotency_keys_by_age on idempotency_keys (kept_at);
CREATE INDEX notifications_acknowledged on notifications (acknowledged_at) where acknowledged_at is not null;
CREATE INDEX notifications_done on notifications (authority_code, seq) where acknowledged_at is not null;
CREATE INDEX notifications_outstanding on notifications (authority_code, seq) where acknowledged_at is null;
CREATE INDEX off_index_by_since on off_index (since);
CREATE INDEX people_by_name on people (family_key, birth_date);
CREATE INDEX plans_by_authority on plans (authority_code);
CREATE UNIQUE INDEX plans_by_id on plans (id);
CREATE INDEX plans_by_number on plans (nhs_number);
CREATE UNIQUE INDEX plans_key on plans (authority_code, nhs_number, plan_type, start_date);
CREATE UNIQUE INDEX receipts_accepted on receipts (authority_code, sequence) where accepted = 1;
CREATE INDEX receipts_by_authority on receipts (authority_code, seq);
CREATE INDEX receipts_by_received on receipts (received_at);

insert into access_events (seq, id, nhs_number, at, ods_code, organisation_name, user_id, user_name, role_code, role_name, location, notified, caller, request_id, role_profile_id) values (1, '00000000-0000-7000-8000-000000000008', '9990000018', '2026-11-24T09:30:00.000Z', 'RBN01', 'Whiston Hospital (simulated)', '555500000001', 'Jo Bright', 'S8000:G8000:R8001', 'Nurse', null, '["E06000006","E06000007"]', 'RBN01', '00000000-0000-7000-8000-000000000007', null);
insert into attendances (seq, id, nhs_number, received_at, report, notified, caller, request_id) values (1, '00000000-0000-7000-8000-000000000010', '9990000018', '2026-11-24T09:30:00.000Z', '{"id":"00000000-0000-7000-8000-000000000010","service":"emergency-department","event":"arrived","at":"2026-11-24T09:25:00.000Z","organisation":{"odsCode":"RBN01","name":"Whiston Hospital (simulated)"},"user":{"id":"555500000001","name":"Jo Bright","roleCode":"S8000:G8000:R8001","roleName":"Nurse"},"accessId":null,"safeguardingConcern":null,"note":null,"callback":null}', '["E06000006","E06000007"]', 'RBN01', '00000000-0000-7000-8000-000000000009');
insert into authorities (code, name, dfe_code, ods_code, office_hours_phone, emergency_duty_phone, steward_name, steward_role, steward_email, steward_phone, wave, status, visible_to_health, acceptance, children_in_scope, last_dataset_id, last_dataset_sequence, last_dataset_accepted_at, last_dataset_extracted_at, last_dataset_record_count, last_returned_id, last_returned_sequence, last_returned_received_at, last_returned_finding_count, version) values ('E06000006', 'Halton', '876', null, '01632 960005', '01632 960405', 'Data steward, Halton', 'CP-IS data steward', 'cp-is@halton.example', '01632 960205', 1, 'live', 1, 'all-or-nothing', null, '00000000-0000-7000-8000-000000000002', 1, '2026-11-24T09:30:00.000Z', '2026-11-24T02:00:00.001Z', 2, '00000000-0000-7000-8000-000000000006', 2, '2026-11-24T09:30:00.000Z', 3, 1);
insert into authorities (code, name, dfe_code, ods_code, office_hours_phone, emergency_duty_phone, steward_name, steward_role, steward_email, steward_phone, wave, status, visible_to_health, acceptance, children_in_scope, last_dataset_id, last_dataset_sequence, last_dataset_accepted_at, last_dataset_extracted_at, last_dataset_record_count, last_returned_id, last_returned_sequence, last_returned_received_at, last_returned_finding_count, version) values ('E06000007', 'Warrington', '877', null, '01632 960006', '01632 960406', 'Data steward, Warrington', 'CP-IS data steward', 'cp-is@warrington.example', '01632 960206', 1, 'live', 1, 'all-or-nothing', null, '00000000-0000-7000-8000-000000000004', 1, '2026-11-24T09:30:00.000Z', '2026-11-24T02:00:00.001Z', 1, null, null, null, null, 1);
insert into authorities (code, name, dfe_code, ods_code, office_hours_phone, emergency_duty_phone, steward_name, steward_role, steward_email, steward_phone, wave, status, visible_to_health, acceptance, children_in_scope, last_dataset_id, last_dataset_sequence, last_dataset_accepted_at, last_dataset_extracted_at, last_dataset_record_count, last_returned_id, last_returned_sequence, last_returned_received_at, last_returned_finding_count, version) values ('E09000001', 'City of London', '201', null, '01632 960099', '01632 960499', 'Data steward, City of London', 'CP-IS data steward', 'cp-is@city-of-london.example', '01632 960299', 4, 'live', 1, 'all-or-nothing', null, null, null, null, null, null, null, null, null, null, 0);
insert into health_activity (ods_code, last_lookup_at, last_attendance_at) values ('RBN01', '2026-11-24T09:30:00.000Z', '2026-11-24T09:30:00.000Z');
insert into hub_state (id, last_maintenance_at, last_maintenance_day, probes, erase_due) values (1, '2026-11-24T09:30:00.000Z', '2026-11-24', 1, 0);
insert into idempotency_keys (caller, action, key, fingerprint, kept_at, reply) values ('RBN01', 'POST /v1/lookups', 'k1', 'd90f29bc01750c2ec539e7b30719d0742678f94871c1b0dc7d7ffb85e86a340a', '2026-11-24T09:30:00.000Z', '{"id":"00000000-0000-7000-8000-000000000008","at":"2026-11-24T09:30:00.000Z","repeat":false,"notified":["E06000006","E06000007"]}');
insert into notifications (seq, id, authority_code, kind, created_at, attempt, lease_id, leased_until, acknowledged_at, payload) values (1, '00000000-0000-7000-8000-000000000008.E06000006', 'E06000006', 'access', '2026-11-24T09:30:00.000Z', 1, null, null, '2026-11-24T09:30:00.000Z', '{"nhsNumber":"9990000018","localIds":[],"plans":[{"planType":"CPP","planName":"Child protection plan","status":"active","startDate":"2026-03-02","endDate":"2033-02-03","expectedDeliveryDate":null}],"access":{"id":"00000000-0000-7000-8000-000000000008","at":"2026-11-24T09:30:00.000Z","organisation":{"odsCode":"RBN01","name":"Whiston Hospital (simulated)"},"user":{"id":"555500000001","name":"Jo Bright","roleCode":"S8000:G8000:R8001","roleName":"Nurse"},"location":null}}');
insert into notifications (seq, id, authority_code, kind, created_at, attempt, lease_id, leased_until, acknowledged_at, payload) values (2, '00000000-0000-7000-8000-000000000008.E06000007', 'E06000007', 'access', '2026-11-24T09:30:00.000Z', 0, null, null, null, '{"nhsNumber":"9990000018","localIds":[],"plans":[{"planType":"CPP","planName":"Child protection plan","status":"active","startDate":"2026-03-02","endDate":null,"expectedDeliveryDate":null}],"access":{"id":"00000000-0000-7000-8000-000000000008","at":"2026-11-24T09:30:00.000Z","organisation":{"odsCode":"RBN01","name":"Whiston Hospital (simulated)"},"user":{"id":"555500000001","name":"Jo Bright","roleCode":"S8000:G8000:R8001","roleName":"Nurse"},"location":null}}');
insert into notifications (seq, id, authority_code, kind, created_at, attempt, lease_id, leased_until, acknowledged_at, payload) values (3, '00000000-0000-7000-8000-000000000010.E06000006', 'E06000006', 'attendance', '2026-11-24T09:30:00.000Z', 0, null, null, null, '{"nhsNumber":"9990000018","localIds":[],"plans":[{"planType":"CPP","planName":"Child protection plan","status":"active","startDate":"2026-03-02","endDate":"2033-02-03","expectedDeliveryDate":null}],"attendance":{"id":"00000000-0000-7000-8000-000000000010","service":"emergency-department","event":"arrived","at":"2026-11-24T09:25:00.000Z","organisation":{"odsCode":"RBN01","name":"Whiston Hospital (simulated)"},"user":{"id":"555500000001","name":"Jo Bright","roleCode":"S8000:G8000:R8001","roleName":"Nurse"},"accessId":null,"safeguardingConcern":null,"note":null,"callback":null}}');
insert into notifications (seq, id, authority_code, kind, created_at, attempt, lease_id, leased_until, acknowledged_at, payload) values (4, '00000000-0000-7000-8000-000000000010.E06000007', 'E06000007', 'attendance', '2026-11-24T09:30:00.000Z', 0, null, null, null, '{"nhsNumber":"9990000018","localIds":[],"plans":[{"planType":"CPP","planName":"Child protection plan","status":"active","startDate":"2026-03-02","endDate":null,"expectedDeliveryDate":null}],"attendance":{"id":"00000000-0000-7000-8000-000000000010","service":"emergency-department","event":"arrived","at":"2026-11-24T09:25:00.000Z","organisation":{"odsCode":"RBN01","name":"Whiston Hospital (simulated)"},"user":{"id":"555500000001","name":"Jo Bright","roleCode":"S8000:G8000:R8001","roleName":"Nurse"},"accessId":null,"safeguardingConcern":null,"note":null,"callback":null}}');
insert into people (nhs_number, family_name, family_key, given_names, birth_date, gender, state, replaced_by, adopted, made_by_seed, version) values ('9000000009', 'Smith', 'SMITH', '["Jane"]', '2010-10-22', 'female', 'normal', null, 0, 0, 1);
insert into people (nhs_number, family_name, family_key, given_names, birth_date, gender, state, replaced_by, adopted, made_by_seed, version) values ('9000000017', 'Smyth', 'SMYTH', '["Jayne"]', '2010-10-22', 'female', 'normal', null, 0, 0, 1);
insert into people (nhs_number, family_name, family_key, given_names, birth_date, gender, state, replaced_by, adopted, made_by_seed, version) values ('9000000025', 'Smythe', 'SMYTHE', '["Janet"]', '2010-10-22', 'female', 'sensitive', null, 0, 0, 1);
insert into people (nhs_number, family_name, family_key, given_names, birth_date, gender, state, replaced_by, adopted, made_by_seed, version) values ('9000000033', null, null, '[]', null, null, 'normal', null, 0, 0, 1);
insert into people (nhs_number, family_name, family_key, given_names, birth_date, gender, state, replaced_by, adopted, made_by_seed, version) values ('9990000018', 'Ashdown', 'ASHDOWN', '["Robin","Lee"]', '2015-02-03', 'female', 'normal', null, 0, 0, 1);
insert into people (nhs_number, family_name, family_key, given_names, birth_date, gender, state, replaced_by, adopted, made_by_seed, version) values ('9449310378', null, null, '[]', null, null, 'invalidated', null, 0, 0, 1);
insert into plans (seq, nhs_number, authority_code, plan_type, start_date, id, end_date, expected_delivery_date, local_id, family_name, given_names, birth_date) values (1, '9990000018', 'E06000006', 'CPP', '2026-03-02', '3c005f13-1b6f-8250-8d3f-278bfdbaa8c0', null, null, null, 'Ashdown', '["Zoë"]', '2015-02-03');
insert into plans (seq, nhs_number, authority_code, plan_type, start_date, id, end_date, expected_delivery_date, local_id, family_name, given_names, birth_date) values (2, '9990000026', 'E06000006', 'LAC', '2026-03-02', '587f6b51-c35c-81ac-8759-5c6935fe603c', null, null, null, null, '', null);
insert into plans (seq, nhs_number, authority_code, plan_type, start_date, id, end_date, expected_delivery_date, local_id, family_name, given_names, birth_date) values (3, '9990000018', 'E06000007', 'CPP', '2026-03-02', '1ab582bc-fcaf-83a2-8b02-48a377de2899', null, null, null, null, '', null);
insert into receipts (seq, id, authority_code, sequence, accepted, content_digest, received_at, caller, request_id, summary, findings) values (1, '00000000-0000-7000-8000-000000000002', 'E06000006', 1, 1, 'sha256:83bacd084c97602a3e63b887c9c57fb94543a04440c308110c668fa42ea8b46a', '2026-11-24T09:30:00.000Z', 'E06000006', '00000000-0000-7000-8000-000000000001', '{"id":"00000000-0000-7000-8000-000000000002","authorityCode":"E06000006","sequence":1,"outcome":"accepted","fileCode":"CPF02","mode":"full","dryRun":false,"receivedAt":"2026-11-24T09:30:00.000Z","extractedAt":"2026-11-24T02:00:00.001Z","contentDigest":"sha256:83bacd084c97602a3e63b887c9c57fb94543a04440c308110c668fa42ea8b46a","recordCount":2,"acceptedCount":2,"returnedCount":0,"changes":{"added":2,"changed":0,"ended":0,"removed":0,"unchanged":0},"findingCount":0,"returnedTo":null,"nextDueAt":"2026-11-25T09:30:00.000Z"}', '[]');
insert into receipts (seq, id, authority_code, sequence, accepted, content_digest, received_at, caller, request_id, summary, findings) values (2, '00000000-0000-7000-8000-000000000004', 'E06000007', 1, 1, 'sha256:162a9bc3f9aeb7442d48747b6f958e6667100a8385061b52c00b108ef0184ee5', '2026-11-24T09:30:00.000Z', 'E06000007', '00000000-0000-7000-8000-000000000003', '{"id":"00000000-0000-7000-8000-000000000004","authorityCode":"E06000007","sequence":1,"outcome":"accepted","fileCode":"CPF02","mode":"full","dryRun":false,"receivedAt":"2026-11-24T09:30:00.000Z","extractedAt":"2026-11-24T02:00:00.001Z","contentDigest":"sha256:162a9bc3f9aeb7442d48747b6f958e6667100a8385061b52c00b108ef0184ee5","recordCount":1,"acceptedCount":1,"returnedCount":0,"changes":{"added":1,"changed":0,"ended":0,"removed":0,"unchanged":0},"findingCount":0,"returnedTo":null,"nextDueAt":"2026-11-25T09:30:00.000Z"}', '[]');
insert into receipts (seq, id, authority_code, sequence, accepted, content_digest, received_at, caller, request_id, summary, findings) values (3, '00000000-0000-7000-8000-000000000006', 'E06000006', 2, 0, 'sha256:93ff8ef0d5d87ba9b928bd6444aa06c18505d6b25c3bf610cfbab8360e4d17c6', '2026-11-24T09:30:00.000Z', 'E06000006', '00000000-0000-7000-8000-000000000005', '{"id":"00000000-0000-7000-8000-000000000006","authorityCode":"E06000006","sequence":2,"outcome":"returned","fileCode":"CPF04","mode":"full","dryRun":false,"receivedAt":"2026-11-24T09:30:00.000Z","extractedAt":"2026-11-24T02:00:00.002Z","contentDigest":"sha256:93ff8ef0d5d87ba9b928bd6444aa06c18505d6b25c3bf610cfbab8360e4d17c6","recordCount":1,"acceptedCount":0,"returnedCount":1,"changes":{"added":0,"changed":0,"ended":0,"removed":0,"unchanged":0},"findingCount":3,"returnedTo":{"name":"Data steward, Halton","role":"CP-IS data steward","email":"cp-is@halton.example","phone":"01632 960205"},"nextDueAt":"2026-11-25T09:30:00.000Z"}', '[{"record":0,"localId":null,"field":"planType","severity":"error","code":"PLAN_TYPE_UNKNOWN","recordCode":"CPR07","message":"The plan type must be CPP, LAC or UCPP, in capitals."},{"record":0,"localId":null,"field":"startDate","severity":"error","code":"START_DATE_MISSING","recordCode":"CPR07","message":"The start date is missing."},{"record":0,"localId":null,"field":"nhsNumber","severity":"error","code":"NHS_NUMBER_FORMAT","recordCode":"CPR04","message":"An NHS number is ten digits, bare or written 3-3-4 with spaces or hyphens. A lost leading zero or a spreadsheet format is the usual cause."}]');

pragma user_version = 5;
