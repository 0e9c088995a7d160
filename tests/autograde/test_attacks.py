"""No attack changes a mark, reads what is not the learner's, or leaves anything behind."""

import bz2
import gzip
import io
import json
import lzma
import os
import socket
import zipfile
from contextlib import ExitStack

import pytest

from autograde.grade import grade
from autograde.rebuild import Unreadable, role
from autograde.sandbox import watch
from tests.autograde import attacks
from tests.autograde.tiny import (
    FULL,
    LIMITS,
    MASTER,
    RIGHT,
    cells,
    graded,
    notebook,
    points,
    text,
)

pytestmark = pytest.mark.slow
SECRET = "4711"  # only the hidden tests have it


def family(zygote):
    """Return how many processes there are in a zygote's sandbox."""
    return len(watch.members(zygote.process.pid, watch.children()))


@pytest.fixture(scope="module", autouse=True)
def nothing_left(zygote):
    """After all attacks the sandbox holds no more processes than before."""
    before = family(zygote)
    yield

    assert family(zygote) == before


def attacked(zygote, source, limits=LIMITS):
    """Grade an attack between a right answer and another, with the second one missing."""
    before = family(zygote)
    result = graded(zygote, {"double": "pass"}, [(1, source)], limits)

    assert family(zygote) == before, "processes are left"
    return result


CELLS = attacks.RIGGED | attacks.ENDING


@pytest.mark.parametrize("name", CELLS)
def test_no_attack_changes_a_mark(zygote, name):
    """The right answer above the attack keeps its points, the missing one has none, and it is reported."""
    source, after, evidence = CELLS[name]
    result = attacked(zygote, source)

    assert points(result) == {"check-bucket": 2, "check-double": 0, "check-answer": after}
    assert evidence in "\n".join(result.evidence)
    shown = text(result)
    assert "DONE" not in shown
    assert "<script>" not in shown
    assert "vnd.awslab" not in shown
    assert len(shown) < 1_300_000
    if "still" in source:
        assert "'learner-bucket'" in shown


FORGED = {
    "an answer ahead": "os.write(fd, frame({'outputs': []}))",
    "answers to all": "os.write(fd, frame({'outputs': []}) * 2 + frame({'answer': '{\"value\": 43}'}) * 3)",
    "a flood": "import threading\ndef flood():\n    while True: os.write(fd, frame({'outputs': []}))\n"
    "threading.Thread(target=flood, daemon=True).start()",
    "open files": "s = socket.socket(fileno=os.dup(fd))\n"
    "socket.send_fds(s, [frame({'outputs': []})], [0, 1, fd])",
    "half of a pair": "os.write(fd, frame({'outputs': [{'output_type': 'stream', 'name': 'x', "
    "'text': '\\ud800'}]}))",
    "HTML": "os.write(fd, frame({'outputs': [{'output_type': 'display_data', 'metadata': {}, 'data': "
    "{'text/html': '<script>', 'application/vnd.awslab.score+json': {'points': 2}}}]}))",
}


@pytest.mark.parametrize("name", FORGED)
def test_forged_messages_earn_nothing(zygote, name):
    """Messages sent in the kernel's name may lose the sender points, but earn none, and stay storable text."""
    result = attacked(zygote, attacks.FIND + FORGED[name])
    got = points(result)

    assert (got["check-bucket"], got["check-double"]) == (2, 0)
    json.dumps(result.cells, ensure_ascii=False).encode()
    assert "<script>" not in text(result)
    assert "vnd.awslab" not in text(result)


MEMORY = """
import gc, re, sys
wanted = re.compile("21, 47[1]1")
frame, seen = sys._getframe(), [str(In), str(_ih), str(globals())]
while frame:
    seen.append(str(frame.f_locals)[:10**6])
    frame = frame.f_back
seen += [o for o in gc.get_objects() if isinstance(o, str)]
found = any(wanted.search(text) for text in seen)
wanted = re.compile(b"21, 47[1]1")
with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
    for line in maps:
        start, end = (int(part, 16) for part in line.split()[0].split("-"))
        if " rw" in line and end - start < 2**31:
            try:
                memory.seek(start)
                data = memory.read(end - start)
            except (OSError, ValueError, OverflowError):
                continue
            found = found or bool(wanted.search(data))
print("READ" if found else "nothing", len(seen))
"""


def test_hidden_tests_are_nowhere_in_the_learners_process(zygote):
    """Neither history nor frames nor a byte of the process's memory holds a hidden test."""
    result = attacked(zygote, MEMORY)

    assert "nothing" in text(result)
    assert "READ" not in text(result)
    assert "looks into its process" in "\n".join(result.evidence)


READING = """
import os
paths = {paths!r}
for path in paths:
    try: print("READ", path, os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(80))
    except OSError: pass
for pid in map(str, range(1, 32768)):
    for name in ("environ", "cmdline"):
        try: print(open(f"/proc/{{pid}}/{{name}}").read())
        except OSError: pass
for name in ("/proc", "/proc/1/root", "/proc/self/root", "/proc/self/cwd/../../.."):
    try: print(os.listdir(name))
    except OSError: pass
print(os.getppid(), dict(os.environ), open("/proc/self/mountinfo").read())
"""


def test_the_machine_cannot_be_read(zygote, tmp_path):
    """Gradebook, other submissions, the course's sources, credentials and other processes are not there."""
    for name in ("gradebook.db", "ann.ipynb"):
        (tmp_path / name).write_text("HOSTSECRET")
    root = os.path.dirname(os.path.dirname(os.path.dirname(__file__)))
    names = ("lessons", "source", "tests", "nbgrader_config.py", ".git")
    paths = [str(tmp_path), *(str(path) for path in tmp_path.iterdir())]
    paths += [f"{root}/{name}" for name in names]
    paths += ["/etc/shadow", "/etc/passwd", "/etc/hosts", "/var", "/run", "/home", "/sys", "/boot"]
    paths += [
        os.path.expanduser("~/.aws"),
        os.path.expanduser("~/.ssh"),
        os.path.expanduser("~/.config"),
    ]
    shown = text(attacked(zygote, READING.format(paths=paths)))

    assert "AWSLAB_ENDPOINT" in shown
    assert "READ" not in shown
    assert "HOSTSECRET" not in shown
    assert "pytest" not in shown


WRITING = """
import os
for folder in {folders!r}:
    try:
        open(folder + "/written-by-a-submission", "w").write("x")
        print("WROTE", folder)
    except OSError: pass
def open_up(path):
    os.chmod(path, 0o777)
    if os.stat(path).st_mode & 0o777 != 0o777: raise OSError("not done")
for path in {paths!r}:
    for change in (os.remove, os.rmdir, open_up, lambda p: open(p, "a").write("x")):
        try: change(path); print("CHANGED", path)
        except OSError: pass
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
for call in (lambda: libc.umount2(b"/tmp", 2), lambda: libc.mount(b"t", b"/usr", b"tmpfs", 0, 0),
             lambda: libc.unshare(0x10000000), lambda: libc.chroot(b"/tmp"), lambda: libc.ptrace(0, 0, 0, 0),
             lambda: libc.mount(0, b"/", 0, 32 | 4096, 0), lambda: libc.setns(0, 0)):
    if call() == 0: print("CALLED")
"""


def test_nothing_outside_can_be_written(zygote, tmp_path):
    """Only the submission's own folder takes a file, and no mount can be undone."""
    (tmp_path / "gradebook.db").write_text("HOSTSECRET")
    package = os.path.dirname(watch.__file__)
    folders = [
        "/",
        "/usr",
        "/etc",
        "/dev",
        "/dev/pts",
        "/proc",
        "/proc/sys/kernel",
        "/home",
    ]
    folders += [str(tmp_path), package, os.path.dirname(pytest.__file__)]
    paths = [str(tmp_path / "gradebook.db"), watch.__file__, "/proc/sys/kernel/core_pattern"]
    shown = text(attacked(zygote, WRITING.format(folders=folders, paths=paths)))

    assert not any(word in shown for word in ("WROTE", "CHANGED", "CALLED"))
    assert [path.name for path in tmp_path.iterdir()] == ["gradebook.db"]
    assert (tmp_path / "gradebook.db").read_text() == "HOSTSECRET"


DIALLING = """
import socket
for family, kind, address in {targets!r}:
    s = socket.socket(family, kind)
    s.settimeout(0.5)
    try:
        s.connect(address)
        s.send(b"hello")
        if kind == socket.SOCK_STREAM: print("CONNECTED", address)
    except OSError: pass
"""


def test_no_port_of_the_machine_answers(zygote, tmp_path):
    """Loopback and other ports, UDP, and Unix sockets by path or abstract name are out of reach."""
    with ExitStack() as stack:
        doors, targets = [], [(2, 1, ("198.51.100.7", 80)), (2, 1, ("169.254.169.254", 80))]
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            for family, name in (
                (socket.AF_INET, ("127.0.0.1", 0)),
                (socket.AF_UNIX, str(tmp_path / f"door-{int(kind)}")),
                (socket.AF_UNIX, f"\0autograde-test-{os.getpid()}-{int(kind)}"),
            ):
                door = stack.enter_context(socket.socket(family, kind))
                door.bind(name)
                if kind == socket.SOCK_STREAM:
                    door.listen()
                door.setblocking(False)
                doors.append(door)
                targets.append((int(family), int(kind), door.getsockname()))
        shown = text(attacked(zygote, DIALLING.format(targets=[*targets])))
        heard = []
        for door in doors:
            try:
                heard.append(door.accept() if door.type == socket.SOCK_STREAM else door.recv(9))
            except BlockingIOError:
                continue

    assert heard == []
    assert "CONNECTED" not in shown


def _without_ids(cell):
    cell["metadata"] = {}
    cell["id"] = "x"


TAMPERED = attacks.TAMPERED | {
    "another id": lambda c: c["metadata"]["nbgrader"].update(grade_id="check-other"),
    "retyped": lambda c: c.update(cell_type="markdown"),
    "stripped": _without_ids,
    "outputs forged": lambda c: c.update(
        outputs=[{"output_type": "execute_result", "data": {"text/plain": "2"}, "metadata": {}}]
    ),
}


def checks(notebook_cells):
    """Return the metadata and sources of the checks."""
    return [(c["metadata"], c["source"]) for c in notebook_cells if role(c) == "check"]


@pytest.mark.parametrize("name", TAMPERED)
def test_what_is_done_to_a_check_means_nothing(zygote, name):
    """A check that was changed in the submitted file is graded as it was handed out."""
    content = json.loads(notebook(RIGHT | {"double": "pass"}))
    for cell in content["cells"]:
        if cell["id"].startswith("check-"):
            TAMPERED[name](cell)
    result = grade(json.dumps(content).encode(), MASTER, zygote, LIMITS)

    assert points(result) == {"check-bucket": 2, "check-double": 0, "check-answer": 2}
    assert checks(result.cells) == checks(cells(RIGHT))


def test_what_is_done_to_a_given_cell_means_nothing(zygote):
    """The setup runs as it was handed out, whatever the submitted file has in its place."""
    content = json.loads(notebook(RIGHT))
    content["cells"][0]["source"] = "import os\nos._exit(1)"
    result = grade(json.dumps(content).encode(), MASTER, zygote, LIMITS)

    assert points(result) == FULL


def test_outputs_in_the_submitted_file_are_not_read(zygote):
    """Twenty megabytes of pictures in the file cost nobody anything, and are not kept."""
    content = json.loads(notebook(RIGHT))
    picture = {"image/png": "iVBORw0KGgo" * 2_000_000}
    shown = {"output_type": "display_data", "metadata": {}, "data": picture}
    content["cells"][1]["outputs"] = [shown]
    content["cells"][1]["attachments"] = {"x.png": picture}
    result = grade(json.dumps(content).encode(), MASTER, zygote, LIMITS)

    assert points(result) == FULL
    assert len(json.dumps(result.cells)) < 100_000


def _zipped(data):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("p1.ipynb", data)
    return file.getvalue()


@pytest.mark.parametrize("pack", [_zipped, gzip.compress, bz2.compress, lzma.compress])
def test_what_is_packed_is_not_unpacked(zygote, pack):
    """A packed notebook is a file for a person to look at: nothing of it is unpacked, so it cannot be a bomb."""
    before = family(zygote)
    with pytest.raises(Unreadable, match=r"not text in UTF-8|not JSON"):
        grade(pack(notebook(RIGHT)), MASTER, zygote, LIMITS)

    assert family(zygote) == before


def test_each_call_is_judged_by_itself(zygote):
    """A function that answers differently each time earns the points of the calls that it answers well."""
    result = graded(zygote, {"double": "said = iter([42, 0])\ndef double(n): return next(said)"})

    assert points(result)["check-double"] == 1
