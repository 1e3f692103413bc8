#!/bin/sh
# Gives the parts of a state folder to the users who need them; run as root after `countersign init --state DIR`.
# usage: separate-users.sh DIR PERSON        PERSON is who integrates and owns the repository
# Every line is a row of the table in docs/operations.md. It may be run again, after an upgrade or a restore.
set -eu

state=$1
person=$2
gateway=${GATEWAY:-countersign-gateway}
validator=${VALIDATOR:-countersign-validator}
all=${GROUP_ALL:-countersign}
known=${GROUP_REPOSITORY:-countersign-repository}
# Who puts signed evidence there: CI's user, where it has one on this machine.
evidence=${EVIDENCE:-root}

# A folder with its content. 2750: what is made in it later belongs to the group that reads it.
give() {
  chown -R "$2" "$1"
  find "$1" -type d -exec chmod "$3" {} +
  find "$1" -type f -exec chmod "$4" {} +
}

chown "root:$all" "$state" "$state/exchange"
chmod 0750 "$state" "$state/exchange"

# Nobody whom agents reach may change the rules, or learn where the repository is.
chown "root:$all" "$state/countersign.toml"
chmod 0640 "$state/countersign.toml"
chown "root:$known" "$state/repository.json"
chmod 0640 "$state/repository.json"

# The validator makes it at its first start where it may write its keys; under its unit it may not.
if [ ! -e "$state/keys/disclosure.key" ]; then
  (umask 077 && head -c 32 /dev/urandom > "$state/keys/disclosure.new")
  mv "$state/keys/disclosure.new" "$state/keys/disclosure.key"
fi
give "$state/keys" "$validator:$validator" 0700 0600
give "$state/trust" "root:$all" 0750 0640
give "$state/gateway" "$gateway:$gateway" 0700 0600
give "$state/validator" "$validator:$validator" 0700 0600

# Whoever evaluates a gate reads evidence and schemas; nobody whom agents reach writes them.
mkdir -p "$state/evidence"
give "$state/evidence" "$evidence:$all" 2750 0640
[ ! -d "$state/schemas" ] || give "$state/schemas" "root:$all" 0750 0640

give "$state/exchange/published" "$validator:$all" 2750 0640
give "$state/exchange/verdicts" "$validator:$all" 2750 0640
give "$state/exchange/orders" "$gateway:$all" 2750 0640
# Of the log: the gateway asks with hashes of it, the sealer in the validator answers, and the gateway files receipts.
mkdir -p "$state/exchange/heads/requests" "$state/exchange/heads/sealed" "$state/exchange/receipts"
chown "root:$all" "$state/exchange/heads"
chmod 0750 "$state/exchange/heads"
give "$state/exchange/heads/requests" "$gateway:$all" 2750 0640
give "$state/exchange/heads/sealed" "$validator:$all" 2750 0640
give "$state/exchange/receipts" "$gateway:$all" 2750 0640
# What a person decided: landings, incidents, and what else of theirs belongs in the log.
mkdir -p "$state/exchange/incidents" "$state/exchange/journal"
for place in landings incidents journal; do
  give "$state/exchange/$place" "$person:$all" 2750 0640
done
# The lock between landings and incidents: whoever can read it can hold it, and no incident could be opened then.
mkdir -p "$state/integrator"
give "$state/integrator" "$person:$all" 0700 0600
