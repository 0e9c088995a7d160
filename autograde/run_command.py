"""Hand a command over to `commands.py`: standard library, no site packages, so that it starts at once."""

import json
import os
import socket
import sys

module, *arguments = sys.argv[1:]
server = socket.socket(socket.AF_UNIX)
server.connect(os.environ["AWSLAB_COMMANDS"])
request = {
    "module": module,
    "argv": [module.rpartition(".")[2], *arguments],
    "folder": os.getcwd(),
    "environment": dict(os.environ),
}
data = json.dumps(request).encode()
socket.send_fds(server, [str(len(data)).encode() + b"\n"], [0, 1, 2])
server.sendall(data)
answer = server.recv(16)
sys.exit(int(answer) if answer else 1)
