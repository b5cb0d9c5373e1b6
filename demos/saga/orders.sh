#  SPDX-License-Identifier: MIT
#
#  The story with a coordinator. To be sourced by demo.

#  shellcheck shell=bash disable=SC2154  # What demo sets

tries ()
{
    cat << 'END'
  export ZP_SAGA=ipc://coordinator
  saga-client dora 3
  zp saga ls
  zp saga show dora-1
  saga-audit
END
}

export ZP_SAGA=ipc://coordinator
cp "$here/start-premium-stream.json" .

title "Ada wants a premium stream: four steps, in four services."
for service in licence billing entitlement notify; do
    keep "$service" saga-service "$service"
done
keep coordinator saga-coordinator start-premium-stream.json
keep client saga-client ada
listen "client: ada-1 is COMPLETED"

title "Bob's card has expired. The seat that he had is released."
keep client saga-client bob
listen "client: bob-1 is COMPENSATED"

title "Carl wants five. The coordinator is killed in the middle, and goes on."
keep client saga-client carl 5
listen "billing: charge for carl-2"
show kill -KILL coordinator
stop "${running[coordinator]}" -KILL
keep coordinator saga-coordinator start-premium-stream.json
listen "client: carl-5 is COMPLETED"

title "Bert's card is no better, and nobody is there to take the seat back."
stop "${running[licence]}"
keep licence saga-service licence release_seat
keep client saga-client bert
listen "client: bert-1 is PARKED"

title "Somebody has to look."
run zp saga ls --state parked
run zp saga show bert-1

title "The desk is manned again, and somebody says so."
stop "${running[licence]}"
keep licence saga-service licence
run zp saga retry bert-1 --why "The desk is manned again"
listen "release_seat for bert-1/reserve: done"
run zp saga wait bert-1 || true  # Its exit code says: undone
