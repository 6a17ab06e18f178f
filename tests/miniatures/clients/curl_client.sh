#!/bin/sh
# A client of curl alone, as in Refiner's own reference: forms by -d, brackets for what is nested, the key by Basic.
# Takes REFINER_BASE_URL, REFINER_API_KEY and SEGMENT_UUID; prints one JSON document with what it saw.
set -eu

call() { # METHOD PATH WORDS-FOR-CURL...
    method=$1 path=$2
    shift 2
    curl --silent --show-error --fail --globoff --user "$REFINER_API_KEY:" --request "$method" \
        "$REFINER_BASE_URL$path" "$@"
}
ids() { # the contacts' user ids, each followed by a comma
    grep -o '"remote_id":"u-[0-9]*"' | cut -d: -f2 | tr '\n' ','
}
number() { grep -o "\"$1\":[0-9]*" | cut -d: -f2; }
list() { printf '[%s]' "${1%,}"; }

for n in 1 2 3 4 5; do
    call POST /identify-user -d "id=u-$n" -d "email=u$n@example.org" -d "seats=$n" \
        -d 'account[id]=acc-1' -d 'account[name]=Holt Ltd' >/dev/null
done
for n in 1 2 3; do
    call POST /track-event -d "id=u-$n" --data-urlencode 'event=Report: exported' >/dev/null
done

by_page='' page=1 last=1
while [ "$page" -le "$last" ]; do
    answer=$(call GET /contacts --get -d "page=$page" -d page_length=2)
    by_page=$by_page$(echo "$answer" | ids)
    last=$(echo "$answer" | number last_page)
    page=$((page + 1))
done

answer=$(call GET "/contacts?page_length=2")
by_cursor=$(echo "$answer" | ids)
while cursor=$(echo "$answer" | grep -o '"next_page_cursor":"[^"]*"' | cut -d'"' -f4) && [ -n "$cursor" ]; do
    answer=$(call GET "/contacts?page_length=2&page_cursor=$cursor")
    by_cursor=$by_cursor$(echo "$answer" | ids)
done

call POST /sync-segment -d id=u-2 -d "segment_uuid=$SEGMENT_UUID" >/dev/null
members=$(call GET "/contacts?segment_uuid=$SEGMENT_UUID" | ids)
call DELETE /contact -d id=u-5 >/dev/null
left=$(call GET /contacts | number items_count)

printf '{"by_page": %s, "by_cursor": %s, "members": %s, "left": %s}' \
    "$(list "$by_page")" "$(list "$by_cursor")" "$(list "$members")" "$left"
