-- Schema 1

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
) strict;

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
) strict;

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

CREATE TABLE plans (
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
  birth_date text,
  primary key (nhs_number, authority_code, plan_type, start_date)
) strict, without rowid;

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

CREATE INDEX access_events_by_number on access_events (nhs_number, at);

CREATE INDEX access_events_by_user on access_events (nhs_number, ods_code, user_id, at);

CREATE INDEX attendances_by_number on attendances (nhs_number);

CREATE INDEX idempotency_keys_by_age on idempotency_keys (kept_at);

CREATE INDEX notifications_acknowledged on notifications (acknowledged_at) where acknowledged_at is not null;

CREATE INDEX notifications_by_authority on notifications (authority_code, seq);

CREATE INDEX notifications_outstanding on notifications (authority_code, seq) where acknowledged_at is null;

CREATE INDEX off_index_by_since on off_index (since);

CREATE UNIQUE INDEX plans_by_authority on plans (authority_code, id);

CREATE UNIQUE INDEX receipts_accepted on receipts (authority_code, sequence) where accepted = 1;

CREATE INDEX receipts_by_authority on receipts (authority_code, seq);

CREATE INDEX receipts_by_received on receipts (received_at);

-- Schema 2

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
) strict;

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

CREATE TABLE "plans" (
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

CREATE INDEX plans_by_authority on plans (authority_code);

CREATE INDEX plans_by_number on plans (nhs_number);

CREATE UNIQUE INDEX plans_key on plans (authority_code, nhs_number, plan_type, start_date);

CREATE UNIQUE INDEX receipts_accepted on receipts (authority_code, sequence) where accepted = 1;

CREATE INDEX receipts_by_authority on receipts (authority_code, seq);

CREATE INDEX receipts_by_received on receipts (received_at);

-- Schema 3

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

CREATE TABLE "plans" (
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

CREATE INDEX plans_by_authority on plans (authority_code);

CREATE UNIQUE INDEX plans_by_id on plans (id);

CREATE INDEX plans_by_number on plans (nhs_number);

CREATE UNIQUE INDEX plans_key on plans (authority_code, nhs_number, plan_type, start_date);

CREATE UNIQUE INDEX receipts_accepted on receipts (authority_code, sequence) where accepted = 1;

CREATE INDEX receipts_by_authority on receipts (authority_code, seq);

CREATE INDEX receipts_by_received on receipts (received_at);

-- Schema 4

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

CREATE TABLE "plans" (
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

-- Schema 5

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

CREATE TABLE "plans" (
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
