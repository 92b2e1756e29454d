#!/bin/sh
# As in debian:bookworm-slim: installing a server does not start it.
exit 101
