# Debian's own image.
ARG FROM
FROM ${FROM}
