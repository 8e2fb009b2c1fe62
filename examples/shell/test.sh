#!/usr/bin/env bash
# The test of council.sh. Needs `cpis-hub` on the PATH, curl and jq.
set -euo pipefail
cd "$(dirname "$0")"

work=$(mktemp -d)
hub=

finish() {
  if [[ -n $hub ]]; then
    kill "$hub" 2>/dev/null || true
    wait "$hub" || true
  fi
  rm -rf "$work"
}
trap finish EXIT

start_hub() {
  DATA_DIR=:memory: TESTER_CONTROLS=true LOG_LEVEL=silent \
    cpis-hub serve --port 0 --ready-file "$work/ready" >/dev/null &
  hub=$!
  for _ in {1..300}; do
    if [[ -e $work/ready ]] || ! kill -0 "$hub" 2>/dev/null; then break; fi
    sleep 0.1
  done
  HUB_URL=$(cat "$work/ready")
  export HUB_URL
}

# ask METHOD PATH [BODY]: a request of the test's, which must succeed.
ask() {
  local body=()
  if [[ $# -gt 2 ]]; then body=(--header 'content-type: application/json' --data "$3"); fi
  curl --silent --show-error --fail-with-body --request "$1" "${body[@]}" "$HUB_URL$2"
}

# test_case NAME: a hub and a folder that know of nothing.
test_case() {
  echo "- $1"
  FOLDER=$work/$((++cases))
  export FOLDER
  ask POST /tester/reset >/dev/null
  ask PUT /tester/clock '{ "now": "2026-11-24T09:30:00Z", "frozen": true }' >/dev/null
}
cases=0

# equal FOUND EXPECTED
equal() {
  if [[ $1 == "$2" ]]; then return 0; fi
  printf 'FAILED: found\n%s\nand not\n%s\n' "$1" "$2" >&2
  exit 1
}

# list RECORD...: a file as the case-management system exports it.
list() {
  { printf 'nhs_number,plan_type,start_date,local_id\n' && printf '%s\n' "$@"; } >"$work/list.csv"
  touch -d 2026-11-24T02:00:00Z "$work/list.csv"
  echo "$work/list.csv"
}

fault() {
  local route="/v1/authorities/{authorityCode}/$1"
  ask POST /tester/faults "{ \"match\": { \"route\": \"$route\" }, \"times\": $2, \"do\": $3 }" >/dev/null
}

receipts() {
  ask GET "/v1/authorities/$AUTHORITY_CODE/datasets" | jq -c '[.items[] | [.sequence, .outcome]]'
}

queue() {
  ask GET "/v1/authorities/$AUTHORITY_CODE/notifications" | jq -c '[.items[].state]'
}

robin=9990000018,CPP,2026-03-02,HAL-10231
alex=9990000026,LAC,2025-09-15,HAL-10232
lookup='{ "nhsNumber": "9990000018", "requester": {
  "organisation": { "odsCode": "RBN01", "name": "Whiston Hospital (simulated)" },
  "user": { "id": "555500000001", "name": "Jo Bright", "roleName": "Nurse" } } }'
export AUTHORITY_CODE=E06000006
start_hub

test_case 'a returned list is corrected and sent again with the same sequence'
if said=$(./council.sh send "$(list $robin ${alex/26,/27,})"); then equal 'an end with 0' 'an end with 1'; fi
equal "$said" 'HAL-10232: NHS_NUMBER_CHECK_DIGIT'
./council.sh send "$(list $robin $alex)"
equal "$(receipts)" '[[1,"accepted"],[1,"returned"]]'

test_case 'a busy hub is asked again after as long as it says'
fault datasets 2 '{ "status": 503, "retryAfterSeconds": 1 }'
began=$SECONDS
./council.sh send "$(list $robin)"
if ((SECONDS - began < 1)); then equal "$((SECONDS - began)) seconds" 'about two seconds'; fi
equal "$(receipts)" '[[1,"accepted"]]'

test_case 'a lost reply costs no second sequence'
fault datasets 1 '{ "drop": "after" }'
./council.sh send "$(list $robin)"
equal "$(receipts)" '[[1,"accepted"]]'

test_case 'what is kept and not acknowledged comes again, and is one task'
./council.sh send "$(list $robin)"
ask POST /v1/lookups "$lookup" >/dev/null
fault notifications/acknowledge 1 '{ "status": 409 }'
if ./council.sh collect 2>/dev/null; then equal 'an end with 0' 'an end with 1'; fi
equal "$(queue)" '["leased"]'
ask PUT /tester/clock '{ "advance": "PT61S" }' >/dev/null
./council.sh collect
equal "$(queue)" '["acknowledged"]'
equal "$(jq -c '[.kind, .localIds]' "$FOLDER"/tasks/*.json)" '["access",["HAL-10231"]]'

echo "$cases tests passed"
