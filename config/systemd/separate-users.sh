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

give "$state/keys" "$validator:$validator" 0700 0600
give "$state/trust" "root:$all" 0750 0640
give "$state/gateway" "$gateway:$gateway" 0700 0600
give "$state/validator" "$validator:$validator" 0700 0600

give "$state/exchange/published" "$validator:$all" 2750 0640
give "$state/exchange/verdicts" "$validator:$all" 2750 0640
give "$state/exchange/orders" "$gateway:$all" 2750 0640
give "$state/exchange/landings" "$person:$all" 2750 0640
