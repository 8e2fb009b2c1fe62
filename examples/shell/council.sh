#!/usr/bin/env bash
# A council's nightly job against the hub, with curl and jq. All that it must not forget lies in FOLDER.
#
#   council.sh send LIST.csv    sends the whole current list; 1 when it is returned, with what is wrong with it
#   council.sh collect          takes what the council is told, one file each
#
# HUB_URL, AUTHORITY_CODE and FOLDER say where.
set -euo pipefail

authority=${HUB_URL:?}/v1/authorities/${AUTHORITY_CODE:?}
mkdir -p "${FOLDER:?}/tasks"
reply=$FOLDER/reply.json

# post PATH ARGUMENT...: sends it, and answers whether the hub has taken it; what it says lies in $reply. A busy hub (503)
# is asked again after as long as its Retry-After says, and so is one whose answer was lost: each of these requests may
# be repeated as it is. Without an answer this is the end.
post() {
  local path=$1 status
  shift
  status=$(curl --silent --show-error --max-time 30 --retry 4 --retry-all-errors \
    --output "$reply" --write-out '%{http_code}' --request POST "$@" "$authority/$path") || exit 1
  if [[ $status -ge 500 ]]; then refused; fi
  [[ $status -lt 400 ]]
}

# The end, with what the hub says against it.
refused() {
  jq -r '"\(.code): \(.detail)"' "$reply" >&2
  exit 1
}

# A list that has no answer yet goes first: it may have been accepted.
send() {
  local list=$1 sequence query
  send_unanswered || true
  sequence=$(cat "$FOLDER/next-sequence" 2>/dev/null || echo 1)
  query="sequence=$sequence&extractedAt=$(date -u -r "$list" +%FT%TZ)&recordCount=$(($(grep -c . "$list") - 1))"
  keep "$FOLDER/unanswered.csv" <"$list"
  keep "$FOLDER/unanswered" <<<"$query"
  send_unanswered
}

# Unchanged, so that one that was accepted brings the first receipt. A sequence is used up only by a list that was
# accepted: a returned one is sent again, corrected, with the same.
send_unanswered() {
  if [[ ! -e $FOLDER/unanswered ]]; then return 0; fi
  local query next
  query=$(cat "$FOLDER/unanswered")
  if post "datasets?$query" --header 'content-type: text/csv' --data-binary "@$FOLDER/unanswered.csv"; then
    next=$(jq '.sequence + 1' "$reply") || exit 1
    keep "$FOLDER/next-sequence" <<<"$next"
    rm "$FOLDER/unanswered"
    return 0
  fi
  rm "$FOLDER/unanswered"
  if [[ $(jq -r .outcome "$reply") != returned ]]; then refused; fi
  jq -r '.findings[] | "\(.localId // .line // "the file"): \(.code)"' "$reply"
  return 1
}

# Each notification is kept before it is acknowledged; its id is the name of its file, so that one that comes again is
# no second task.
collect() {
  local ids id
  while :; do
    post notifications/lease || refused
    ids=$(jq -c '[.notifications[].id]' "$reply")
    if [[ $ids == '[]' ]]; then return 0; fi
    for id in $(jq -r '.[]' <<<"$ids"); do
      jq --arg id "$id" '.notifications[] | select(.id == $id)' "$reply" | keep "$FOLDER/tasks/$id.json"
    done
    post notifications/acknowledge --header 'content-type: application/json' --data "{ \"ids\": $ids }" || refused
  done
}

# keep FILE: writes what it reads, whole or not at all, and on the disk when it returns.
keep() {
  if ! { cat >"$1.part" && sync "$1.part" && mv "$1.part" "$1" && sync "$(dirname "$1")"; }; then exit 1; fi
}

case ${1-} in
  send) send "${2:?the list}" ;;
  collect) collect ;;
  *)
    echo "council.sh send LIST.csv | collect" >&2
    exit 2
    ;;
esac
