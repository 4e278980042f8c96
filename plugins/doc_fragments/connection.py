# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the connection, documented once for every plugin of the collection."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  url:
    description:
      - The address of the API. Any path prefix works, with or without a slash at its end.
      - If not set, the environment variable E(ZQ_URL) is used.
    type: str
    default: https://control.zequenze.com/api/v1
  token:
    description:
      - The API token, sent as a bearer token to O(url) and to nothing else. It is never printed,
        logged or cached.
      - Required, here or in the environment variable E(ZQ_TOKEN).
    type: str
    required: true
  validate_certs:
    description:
      - Whether the platform's certificate is verified.
      - If not set, the environment variable E(ZQ_VALIDATE_CERTS) is used.
    type: bool
    default: true
  ca_path:
    description:
      - A file or directory of CA certificates with which the platform's certificate is verified.
      - If not set, the environment variable E(ZQ_CA_PATH) is used, then E(REQUESTS_CA_BUNDLE) or
        E(CURL_CA_BUNDLE), then the system's own certificates, or those that E(SSL_CERT_FILE) and
        E(SSL_CERT_DIR) name, as for C(ansible.builtin.uri).
    type: path
  client_cert:
    description:
      - A client certificate in PEM form. It may hold the key as well.
      - If not set, the environment variable E(ZQ_CLIENT_CERT) is used.
    type: path
  client_key:
    description:
      - The key of O(client_cert), where it is in a file of its own.
      - If not set, the environment variable E(ZQ_CLIENT_KEY) is used.
    type: path
  proxy:
    description:
      - The address of an HTTP proxy. Given here or in the environment variable E(ZQ_PROXY), it is
        always used.
      - If neither is set, the usual variables such as E(https_proxy) are used, and E(no_proxy) is
        honoured.
    type: str
  timeout:
    description:
      - How many seconds the whole of one request may take, from connecting to the last byte of its
        answer. An answer of more than 64 MiB is not read to its end.
      - If not set, the environment variable E(ZQ_TIMEOUT) is used.
    type: float
    default: 30.0
  retries:
    description:
      - How often a request is sent again after a transient failure, with exponential backoff and
        jitter; C(Retry-After) is honoured.
      - A write is sent again at once only after a 429, or where the request certainly never left. Where
        its answer was lost, or is not the platform's own, it is looked up instead.
      - If not set, the environment variable E(ZQ_RETRIES) is used.
    type: int
    default: 4
  rate_limit:
    description:
      - How many requests a second are sent at most, such as V(20), or V(0.5) for one in two seconds. Requests that are sent again
        count as well. Without it there is no limit.
      - It holds for a task on one host, over all its threads and all items of its loop. Tasks that run side by side, as those of
        several hosts, jobs or slices, do not know of one another. Give each its share of what the platform bears.
      - If not set, the environment variable E(ZQ_RATE_LIMIT) is used.
    type: float
    version_added: 1.0.0
requirements:
  - requests >= 2.28
"""
