#!/bin/sh
# Creates the namespace and the search attributes of Holdfast. Changes nothing where that has been done.
# TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE come from the environment.
set -eu

# $@: a command that may fail while the server starts or has not yet heard of a change
retry() {
  attempts_left=30
  until "$@"; do
    attempts_left=$((attempts_left - 1))
    if [ "$attempts_left" -eq 0 ]; then
      echo "gave up: $*" >&2
      exit 1
    fi
    sleep 1
  done
}

create_namespace() {
  temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1 ||
    temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention 7d
}

# $1: type, then names; those that exist are left as they are
create_search_attributes() {
  type=$1
  shift
  for name in "$@"; do
    retry temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" --type "$type" --name "$name"
  done
}

retry temporal operator cluster health
retry create_namespace
create_search_attributes Keyword \
  HoldfastCluster HoldfastNamespace HoldfastResource HoldfastPhase HoldfastVerdict HoldfastPlan
create_search_attributes Int HoldfastRetryNum
create_search_attributes Datetime HoldfastNextActionAt
# The server takes some seconds to use what was registered. Until then a start that sets an attribute is refused, so who
# waits for this script must not go on yet.
retry temporal workflow count --namespace "$TEMPORAL_NAMESPACE" --query 'HoldfastNextActionAt IS NULL'
echo "namespace $TEMPORAL_NAMESPACE is ready"
