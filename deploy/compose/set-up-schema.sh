#!/bin/sh
# Creates Temporal's two databases and brings their schemas to the version of this image. Changes nothing where that has
# been done. The connection comes from SQL_* in the environment; SCHEMA_ROOT is for an image that keeps them elsewhere.
set -eu

SCHEMA_ROOT=${SCHEMA_ROOT:-/etc/temporal/schema}

# $1: database, $2: folder of its schema
set_up_database() {
  temporal-sql-tool --database "$1" create
  temporal-sql-tool --database "$1" setup-schema --version 0.0
  temporal-sql-tool --database "$1" update-schema --schema-dir "$SCHEMA_ROOT/postgresql/v12/$2/versioned"
}

set_up_database temporal temporal
set_up_database temporal_visibility visibility
echo 'the schemas are up to date'
