"""Cells that attack the grading, by what they go for; each is put below the first check of the tiny assignment.

`FD` stands for the learner's own channel, which a cell can find in /proc/self/fd.
"""

FIND = """
import json, os, socket, struct
def is_channel(fd):
    try: return socket.socket(fileno=os.dup(fd)).family == socket.AF_UNIX
    except OSError: return False
fd = next(fd for fd in map(int, os.listdir("/proc/self/fd")) if is_channel(fd))
def frame(message):
    data = json.dumps(message).encode()
    return struct.pack("!I", len(data)) + data
"""
PERFECT = """
class Perfect:
    points = maximum = 2
    def __eq__(self, other): return True
    def __contains__(self, other): return True
    def __getattr__(self, name): return self
    def __getitem__(self, name): return self
    def __call__(self, *args, **more): return self
    def __iter__(self): return iter([self])
    def __float__(self): return 2.0
    def __enter__(self): return self
    def __exit__(self, *error): return True
"""

# Name -> (the cell, points of the right answer that comes after it, a part of the evidence or "").
RIGGED = {
    "every later cell emptied": (
        "get_ipython().input_transformers_cleanup.append(lambda lines: [])",
        0,
        "changes how IPython",
    ),
    "every later cell a number": (
        "get_ipython().input_transformers_cleanup.append(lambda lines: ['1000000\\n'])",
        0,
        "changes how IPython",
    ),
    "every later cell emptied once it is parsed": (
        "import ast\nclass Empty(ast.NodeTransformer):\n"
        "    def visit_Module(self, node): return ast.Module([], [])\n"
        "get_ipython().ast_transformers.append(Empty())",
        0,
        "changes how IPython",
    ),
    "a hook that ends every later cell": (
        "class End(BaseException): pass\ndef end(*given): raise End\n"
        "for name in ('pre_execute', 'pre_run_cell'): get_ipython().events.register(name, end)",
        0,
        "changes how IPython",
    ),
    "run_cell replaced": (
        "get_ipython().run_cell = lambda *a, **k: type('R', (), {'success': True})()",
        0,
        "changes how IPython",
    ),
    "the short cut of plain cells replaced": (
        "type(get_ipython())._run_plain = lambda *a: type('R', (), {'success': True})()",
        0,
        "changes how IPython",
    ),
    "what a plain cell becomes replaced": (
        "type(get_ipython())._codes = lambda *a: [compile('answer = 42', 'cell', 'exec')]",
        0,
        "changes how IPython",
    ),
    "compiled cells replaced": (
        "import autograde.plain\nautograde.plain.unpacked = lambda text: []",
        2,
        "reaches for the grader's own code",
    ),
    "errors not shown": (
        "get_ipython().showtraceback = get_ipython()._showtraceback = lambda *a, **k: None",
        2,
        "changes how IPython",
    ),
    "builtins patched": (
        "import builtins\nbuiltins.AssertionError = Warning\nbuiltins.sum = lambda *a: 10**6",
        2,
        "builtins",
    ),
    "boto3 patched": (
        PERFECT + "import boto3\nboto3.client = boto3.resource = Perfect()\ns3 = Perfect()",
        2,
        "",
    ),
    "score patched": (
        PERFECT + "import sys\nfor module in list(sys.modules.values()):\n"
        "    if 'awslab' in getattr(module, '__name__', ''):\n"
        "        module.__dict__.update(score=Perfect(), Score=Perfect(), learner=Perfect())",
        2,
        "",
    ),
    "sitecustomize": (
        "import os, sys\nfor folder in [*sys.path, '/tmp', os.getcwd()]:\n"
        "    try:\n        open(folder + '/sitecustomize.py', 'w').write('1/0')\n"
        "    except OSError: pass\nos.environ['PYTHONPATH'] = '/tmp'",
        2,
        "how Python starts",
    ),
    "equal to everything": (PERFECT + "double = Perfect()", 2, ""),
    "a function that is never plain data": (PERFECT + "def double(n): return Perfect()", 2, ""),
    "asks whether it is graded": (
        "import os\nif os.environ.get('NBGRADER_EXECUTION'):\n    double = lambda n: 2",
        2,
        "asks whether it is being graded",
    ),
    "asks where it runs": (
        "import os, platform\nif platform.node() != 'laptop' or os.path.exists('/proc/1/status'):\n"
        "    double = lambda n: 2",
        2,
        "asks whether it is being graded",
    ),
    "forged score shown": (
        "from IPython.display import display\n"
        "display({'application/vnd.awslab.score+json': {'points': 2, 'maximum': 2}, "
        "'text/html': '<script>alert(1)</script>', 'text/plain': '2'}, raw=True)",
        2,
        "",
    ),
    "scripts shown": (
        "from IPython.display import HTML, SVG, Javascript, Markdown, display\n"
        "display(HTML('<script>x</script>'), Javascript('x'), Markdown('<script>x</script>'))",
        2,
        "",
    ),
    "the lab's controls": (
        "import awslab, urllib.request as u, os\n"
        "for call in (cloud.reset, cloud.snapshot):\n"
        "    try: call(); print('DONE')\n    except Exception: pass\n"
        "opener = u.build_opener(u.ProxyHandler({}))\n"
        "for path in ('_lab/reset', '_lab/fail', '_lab/restore', '/_lab/reset', '%5flab/reset',\n"
        "             '_lab//reset', '_lab/map/../reset', 'moto-api/reset', 'moto-api/seed?a=1'):\n"
        "    try:\n"
        "        opener.open(u.Request(os.environ['AWSLAB_ENDPOINT'] + '/' + path, b'{}')).read()\n"
        "        print('DONE', path)\n"
        "    except OSError: pass\n"
        "print('still', [b['Name'] for b in s3.list_buckets()['Buckets']])",
        2,
        "the lab's own controls",
    ),
    "names of the checks deleted": ("%reset -f\nimport sys\nsys.modules.clear()", 0, ""),
}

ENDING = {
    "exit": ("import os\nos._exit(7)", 0, "exit code 7"),
    "crash": (
        "import os, signal\nsignal.signal(11, 0)\n"
        "try: os.kill(1, 11)\nexcept PermissionError: pass\nos.abort()",
        0,
        "kernel",
    ),
    "parents killed": (
        "import os\nfor pid in (os.getppid(), 1, -1, *range(2, 300)):\n"
        "    for number in (9, 15, 19):\n"
        "        try: os.kill(pid, number)\n        except OSError: pass",
        2,
        "",
    ),
    "a daemon": (
        "import ctypes, os, signal\nctypes.CDLL(None).prctl(1, 0)\n"
        "if os.fork() == 0:\n    os.setsid()\n"
        "    for number in (1, 2, 15, 17): signal.signal(number, signal.SIG_IGN)\n"
        "    if os.fork():\n        os._exit(0)\n"
        "    ctypes.CDLL(None).prctl(1, 0)\n"
        "    while True: signal.pause()",
        2,
        "starts or ends processes",
    ),
    "a daemon in a session of its own": (
        "import subprocess\nsubprocess.Popen(['setsid', 'sleep', '9999'], start_new_session=True)",
        2,
        "",
    ),
    "the cell forks and both go on": ("import os\nos.fork()", 2, ""),
    "garbage": (FIND + "os.write(fd, b'garbage, garbage')\n", 0, "not send what a kernel sends"),
    "a frame of four gigabytes": (FIND + "os.write(fd, b'\\xff' * 8)", 0, "4294967295 bytes"),
    "no answer but a list": (FIND + "os.write(fd, frame([1]))", 0, "not send what a kernel sends"),
    "outputs of no form": (
        FIND + "os.write(fd, frame({'outputs': [{'output_type': 'stream', 'text': {}}]}))",
        0,
        "not send what a kernel sends",
    ),
    "deep JSON": (FIND + "d = b'[' * 200_000\nos.write(fd, struct.pack('!I', len(d)) + d)", 0, ""),
    "the channel closed": (FIND + "os.close(fd)", 0, "kernel"),
    "20 GB": ("import mmap\nx = mmap.mmap(-1, 20 * 10**9)", 2, ""),
    "files without end": (
        "import os\nfor n in range(400):\n    open(f'/tmp/{n}', 'wb').write(bytes(10**6))",
        2,
        "",
    ),
    "a zip bomb": (
        "import zipfile\nwith zipfile.ZipFile('b.zip', 'w', zipfile.ZIP_DEFLATED) as bomb:\n"
        "    for n in range(3): bomb.writestr(str(n), bytes(5 * 10**7))\n"
        "zipfile.ZipFile('b.zip').extractall('/tmp')",
        2,
        "more files than there is room for",
    ),
    "a gzip bomb": (
        "import gzip\nx = gzip.decompress(60 * gzip.compress(bytes(10**8), 1))",
        0,
        "more memory than it may use",
    ),
    "a gigabyte of output": ("for _ in range(1000): print('x' * 10**6)", 2, ""),
    "outputs without end": (
        "from IPython.display import display\nfor n in range(5000): display(n)",
        2,
        "",
    ),
}

# What is done to a check in the submitted file; all of it is reported.
TAMPERED = {
    "a thousand points": lambda c: c["metadata"]["nbgrader"].update(points=1000),
    "the check replaced": lambda c: c.update(source="1000000"),
    "unlocked": lambda c: c["metadata"]["nbgrader"].update(locked=False, solution=True),
    "not graded": lambda c: c["metadata"]["nbgrader"].update(grade=False),
}
