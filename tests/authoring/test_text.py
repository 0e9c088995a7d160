"""py:percent text to notebook and back."""

import pytest

from authoring.table import LessonError
from authoring.text import cell_text, hints_list, notebook, parse, read, render_hints

HEADER = """# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     name: python3
# ---

"""


def text(*cells):
    """Return a text of these cells."""
    return HEADER + "\n".join(cells)


@pytest.mark.parametrize(
    ("cell", "source"),
    [
        ("# %%\n# !aws s3 ls\n", "!aws s3 ls"),
        ("# %%\n# out = !aws s3 ls\n", "out = !aws s3 ls"),
        ('# %% language="bash"\n# aws s3 ls \\\n#   --recursive\n', None),
        ('# %% [markdown]\n"""\n# Title\n"""\n', "# Title"),
        ("# %%\n### BEGIN SOLUTION\n# %xmode Minimal\n### END SOLUTION\n", None),
    ],
)
def test_magics_are_comments_in_the_text(cell, source):
    """A cell with IPython syntax is valid Python as text, and itself in the notebook."""
    (read_cell,) = parse(text(cell)).cells
    expected = (
        source
        or {
            True: "%%bash\naws s3 ls \\\n  --recursive",
            False: "### BEGIN SOLUTION\n%xmode Minimal\n### END SOLUTION",
        }["bash" in cell]
    )

    assert read_cell.source == expected


def test_the_pieces_of_a_text_are_the_text(course):
    """Header and cells joined give the file again, byte for byte."""
    path = course / "lessons/1-tags/assignment.py"
    parsed = read(path)

    assert parsed.header + "".join(cell.text for cell in parsed.cells) == path.read_text()


@pytest.mark.parametrize("name", ["0-start/lesson.py", "1-tags/assignment.py"])
def test_cell_text_prints_what_was_read(course, name):
    """Each cell printed by itself reads as the same cell."""
    for cell in read(course / "lessons" / name).cells:
        printed = cell_text(cell.cell_type, cell.source, cell.options)
        (again,) = parse(HEADER + printed).cells

        assert again[:3] == cell[:3]


def test_ids_are_stable_and_unique():
    """A cell's id is its grade id, or comes from its text; equal cells are numbered."""
    cells = ["# %%\nx = 1\n", '# %% solution="x"\nx = 1\n', "# %%\nx = 1\n"]
    ids = [cell.id for cell in notebook(parse(text(*cells)), assignment=True).cells]
    fewer = [cell.id for cell in notebook(parse(text(*cells[1:])), assignment=True).cells]

    assert ids[1] == "x"
    assert ids[2] == f"{ids[0]}-2"
    assert fewer == ["x", ids[0]]


def test_an_id_of_the_authors_choice():
    """`id=` names a cell for good, whatever is typed into it, and leaves no metadata."""
    (cell,) = notebook(parse(text('# %% id="name"\nNAME = ""\n')), assignment=True).cells

    assert cell.id == "name"
    assert cell.metadata == {}


def test_an_id_twice_is_refused():
    """An id that another cell has would silently become another one."""
    cells = ['# %% solution="x"\nx = 1\n', '# %% id="x"\ny = 1\n']

    with pytest.raises(LessonError, match="id='x' is the id of an earlier cell"):
        notebook(parse(text(*cells)), assignment=True)


def test_no_trace_of_jupytext_reaches_the_notebook(course):
    """jupytext's pairing metadata once wrote answers into released notebooks (jupytext 157)."""
    built = notebook(read(course / "lessons/1-tags/assignment.py"), assignment=True)

    assert set(built.metadata) == {"kernelspec", "language_info", "title"}
    assert not any("cell_marker" in cell.metadata for cell in built.cells)


HINTS = '# %% [markdown] hints="x"\n"""\n- First.\n  Second line.\n- Third:\n\n      code()\n"""\n'


def test_hints_unfold_one_by_one():
    """A list becomes numbered blocks whose Markdown is still rendered."""
    (cell,) = parse(text(HINTS)).cells
    rendered = render_hints(cell)

    assert rendered.count("<details>") == 2
    assert "<summary>Hint 1 of 2</summary>\n\nFirst.\nSecond line.\n\n</details>" in rendered
    assert "<summary>Hint 2 of 2</summary>\n\nThird:\n\n    code()\n\n</details>" in rendered


def test_hints_list_undoes_render_hints():
    """Hints edited in the notebook can be brought back as a list."""
    (cell,) = parse(text(HINTS)).cells

    assert hints_list(render_hints(cell)) == cell.source


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("# %% hidden\nx = 1\n", "unknown option `hidden`"),
        ('# %% [markdown] hints="x"\n"""\nThink.\n"""\n', "one Markdown list"),
        ('# %%\nx = """\n# %% inside\n"""\n', "start every cell with"),
    ],
)
def test_a_text_that_cannot_be_read_is_refused(cell, says):
    """What would be read otherwise than it looks is an error that says why."""
    with pytest.raises(LessonError, match=says):
        notebook(parse(text(cell)), assignment=True)


def test_a_graded_cell_in_a_lesson_is_refused():
    """A lesson is to read and run: nbgrader's metadata would lock it."""
    with pytest.raises(LessonError, match=r"move it to assignment\.py"):
        notebook(parse(text('# %% solution="x"\nx = 1\n')), assignment=False)


def test_a_lesson_block_in_the_wrong_place_is_refused():
    """Beside `jupyter:` jupytext would make a raw cell of it, on top of the page."""
    misplaced = HEADER.replace("# jupyter:", "# lesson:\n#   title: x\n# jupyter:")

    with pytest.raises(LessonError, match="under `jupyter:`"):
        parse(misplaced + "# %%\n1\n")


def test_a_broken_header_is_refused():
    """A header that no notebook can have is said to be the header's fault."""
    with pytest.raises(LessonError, match="the header between the two `# ---`"):
        parse(HEADER.replace("#     name: python3\n", "") + "# %%\n1\n")
