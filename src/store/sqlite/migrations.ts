/** Numbered by their place; append only: one that has landed is never edited. */
export const MIGRATIONS: readonly string[] = [
  `
  create table authorities (
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

  create table plans (
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
  create unique index plans_by_authority on plans (authority_code, id);

  -- Numbers that have events but no plan on the index, and since when: retention of the events counts from there.
  create table off_index (
    nhs_number text primary key,
    since text not null
  ) strict, without rowid;
  create index off_index_by_since on off_index (since);

  create table receipts (
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
  create index receipts_by_authority on receipts (authority_code, seq);
  create unique index receipts_accepted on receipts (authority_code, sequence) where accepted = 1;
  create index receipts_by_received on receipts (received_at);

  create table access_events (
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
  create index access_events_by_number on access_events (nhs_number, at);
  create index access_events_by_user on access_events (nhs_number, ods_code, user_id, at);

  create table attendances (
    seq integer primary key autoincrement,
    id text not null unique,
    nhs_number text not null,
    received_at text not null,
    report text not null,
    notified text not null,
    caller text not null,
    request_id text not null
  ) strict;
  create index attendances_by_number on attendances (nhs_number);

  create table notifications (
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
  create index notifications_by_authority on notifications (authority_code, seq);
  create index notifications_outstanding on notifications (authority_code, seq) where acknowledged_at is null;
  create index notifications_acknowledged on notifications (acknowledged_at) where acknowledged_at is not null;

  create table idempotency_keys (
    caller text not null,
    action text not null,
    key text not null,
    fingerprint text not null,
    kept_at text not null,
    reply text not null,
    primary key (caller, action, key)
  ) strict, without rowid;
  create index idempotency_keys_by_age on idempotency_keys (kept_at);

  create table health_activity (
    ods_code text primary key,
    last_lookup_at text,
    last_attendance_at text
  ) strict, without rowid;

  -- One row: when maintenance last ran, and when readiness last wrote.
  create table hub_state (
    id integer primary key check (id = 1),
    last_maintenance_at text,
    last_maintenance_day text,
    probes integer not null
  ) strict;
  insert into hub_state (id, probes) values (1, 0);
  `,
  // What a night and a lookup write lies together: an authority's plans side by side, and each table with as few
  // indexes as its reads need. Every page that a commit touches is written twice; docs/performance.md has the figures.
  `
  create table plans_by_arrival (
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
  insert into plans_by_arrival (nhs_number, authority_code, plan_type, start_date, id, end_date,
      expected_delivery_date, local_id, family_name, given_names, birth_date)
    select nhs_number, authority_code, plan_type, start_date, id, end_date,
      expected_delivery_date, local_id, family_name, given_names, birth_date
    from plans order by authority_code, nhs_number;
  drop table plans;
  alter table plans_by_arrival rename to plans;
  create unique index plans_key on plans (authority_code, nhs_number, plan_type, start_date);
  create index plans_by_authority on plans (authority_code);
  create index plans_by_number on plans (nhs_number);

  drop index access_events_by_user;
  drop index access_events_by_number;
  create index access_events_by_number on access_events (nhs_number, at, seq, ods_code, user_id);

  drop index notifications_by_authority;
  create index notifications_done on notifications (authority_code, seq) where acknowledged_at is not null;

  -- Where bytes of removed rows are left: 0 nowhere, 1 in the pages of the file, 2 in its log only.
  alter table hub_state add column erase_due integer not null default 0;
  `,
  // Health reads plans by their ids. Those of a dataset were consecutive, so that one told the next; they become such
  // as nobody can guess, once.
  `
  update plans set id = lower(
    hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-8' || substr(hex(randomblob(2)), 2)
      || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))
  );
  create unique index plans_by_id on plans (id);

  alter table access_events add column role_profile_id text;
  `,
  // The simulated register of people. Who is searched for is found by the family name as it is compared, and the birth
  // date.
  `
  create table people (
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
  create index people_by_name on people (family_key, birth_date);

  -- The days (Europe/London) whose midnight has been passed with its maintenance: a clock that testers set goes back.
  create table days_run (
    day text primary key
  ) strict, without rowid;
  `,
  // Days that have run and that the reset of one authority undid, for that one alone.
  `
  create table days_undone (
    day text not null,
    authority_code text not null references authorities (code),
    primary key (day, authority_code)
  ) strict, without rowid;
  `,
]
