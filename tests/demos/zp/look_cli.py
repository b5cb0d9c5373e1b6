#  SPDX-License-Identifier: MIT
"""What the tests share that look at a running constellation: a gateway before a
queue, which tells what it sends and receives, and films, which does not."""

import json
import urllib.error
import urllib.request

import cli

ROUTES = {
    "services": {name: {"endpoints": ["ipc:///nowhere"]}
                 for name in ("films", "queue")},
    "routes": [
        {"method": "POST", "path": "/hang",
         "call": {"service": "films", "method": "film.hang", "arguments": "body"}},
        {"method": "GET", "path": "/queues",
         "call": {"service": "queue", "method": "queue.list"}}]}


class Case(cli.Case):
    def services(self):
        routes = self.write("routes.json", json.dumps(ROUTES))
        return [
            cli.service("films"),
            {"name": "queue", "program": cli.ZP, "after": [],
             "args": ["queue", "serve", "{run}/queue.db", "--bind", "{queue}"],
             "endpoint": "ipc://{run}/queue"},
            {"name": "gateway", "program": cli.ZP,
             "args": ["gateway", "serve", routes, "--http", "0",
                      "--service", "films={films}",
                      "--service", "queue={queue}", "--bind", "{gateway}"],
             "endpoint": "ipc://{run}/gateway", "after": ["films", "queue"]}]

    def bring_up(self):
        self.up(*self.services())
        self.url = self.zp("call", "gateway", "gateway.url").stdout.strip()
        self.url = self.url.strip('"').rstrip("/")

    def ask(self, path, **keys):
        """The HTTP status of a request to the gateway."""
        request = urllib.request.Request(self.url + path, **keys)
        try:
            with urllib.request.urlopen(request,
                                        timeout=cli.PATIENCE_S) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    def json(self, *words):
        return json.loads(self.zp(*words, "--json").stdout)
