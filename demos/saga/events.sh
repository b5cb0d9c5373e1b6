#  SPDX-License-Identifier: MIT
#
#  The story without a coordinator. To be sourced by demo.

#  shellcheck shell=bash disable=SC2154  # What demo sets

tries ()
{
    cat << 'END'
  export ZP_LOG=ipc://events
  zp log follow premium --from start
  zp log append premium '{"event":"wanted","saga":"dora-1","viewer":"dora"}'
  zp log groups premium
  saga-audit
END
}

export ZP_LOG=ipc://events

#  Somebody wants a stream
want ()
{
    local event
    event=$(printf '{"event":"wanted","saga":"%s","viewer":"%s"}' "$2" "$1")
    show zp log append premium "$event" --id "$2"
    zp log append premium "$event" --id "$2" > /dev/null
}

title "Ada wants a premium stream. That is an event; all else are others."
keep log zp log serve events.db --bind ipc://events
listen "journal"
for service in licence billing entitlement notify; do
    keep "$service" saga-reactor "$service"
done
keep follow zp log follow premium --from start
want ada ada-1
listen '{"event":"notified","saga":"ada-1"'

title "Bob's card has expired. Billing says so, and licence hears that."
want bob bob-1
listen '{"event":"seat-released","saga":"bob-1"'

title "Carl wants five. Billing is killed in the middle, and goes on."
for number in 1 2 3 4 5; do
    want carl "carl-$number"
done
listen "billing: charge for carl-2"
show kill -KILL billing
stop "${running[billing]}" -KILL
keep billing saga-reactor billing
listen '{"event":"notified","saga":"carl-5"'

title "Bert's card is no better, and nobody is there to take the seat back."
stop "${running[licence]}"
keep licence saga-reactor licence release_seat
want bert bert-1
listen "licence: release_seat for bert-1: CLOSED" 2

title "Who sees that? One event is left to do; licence itself knows why."
run zp log groups premium

title "The desk is manned again. That is enough."
stop "${running[licence]}"
keep licence saga-reactor licence
listen '{"event":"seat-released","saga":"bert-1"'
