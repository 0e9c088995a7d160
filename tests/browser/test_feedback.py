"""What a hostile submission can do to who looks at it, and whether every learner can read the feedback."""

import nbformat
import pytest
from nbconvert.exporters import HTMLExporter
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from nbgrader.server_extensions.formgrader import handlers

from autograde import settings
from awslab.show.checks import SCORE_JSON, score_picture
from tests.autograde import school

pytestmark = pytest.mark.slow  # a browser

HIT = "window.hit=(window.hit||0)+1"
PAYLOADS = [
    f"<script>{HIT}</script>",
    f"<img src=x onerror='{HIT}'>",
    f"<svg onload='{HIT}'></svg>",
    f"<svg><script>{HIT}</script></svg>",
    f'<iframe srcdoc="<script>parent.{HIT.replace("window", "parent")}</script>"></iframe>',
    f"<details open ontoggle='{HIT}'><summary>x</summary></details>",
    f"<a href='javascript:{HIT}'>one</a>",
    f"<a href=' java&#10;script:{HIT}'>two</a>",
    f"[three](javascript:{HIT.replace('(', '%28').replace(')', '%29')})",
    f"<style>@keyframes x{{}}</style><p style='animation:x' onanimationstart='{HIT}'>x</p>",
    f"<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=x onerror={HIT}&gt;'>",
    f"<svg><style><img src=x onerror='{HIT}'></style></svg>",
    f"<!--><img src=x onerror='{HIT}'>-->",
    f"<input autofocus onfocus='{HIT}'>",
    "<form action='https://thief.example/'><button>four</button></form>",
    "<link rel=stylesheet href='https://thief.example/a.css'>",
    "<img src='https://thief.example/a.png'>",
    "<p style='background:url(https://thief.example/b.png)'>x</p>",
    "<meta http-equiv=refresh content='0;url=https://thief.example/'>",
    "<base href='https://thief.example/'>",
    "<object data='https://thief.example/'></object>",
]
OUTPUTS = [
    *({"text/html": payload} for payload in PAYLOADS),
    *({"text/markdown": payload} for payload in PAYLOADS),
    {"image/svg+xml": f"<svg xmlns='http://www.w3.org/2000/svg' onload='{HIT}'/>"},
    {"application/javascript": HIT},
    {"text/latex": f"$</div><script>{HIT}</script>$"},
    {"image/png": f"x' onerror='{HIT}\" onerror=\"{HIT}"},
    {"text/plain": f"\x1b[31m<script>{HIT}</script>\x1b]8;;javascript:{HIT}\x07x"},
]
TABLE = {
    "version": 1,
    "points": 0,
    "maximum": 2,
    "complete": True,
    "notes": [],
    "rows": [
        {
            "state": "missed",
            "points": 2,
            "earned": 0,
            "label": "double(21)",
            "found": "<b>43</b>",
            "expected": "42",
            "why": "twice a number is even",
        }
    ],
}
CONTRAST = """() => {
  const parts = text => text.match(/[\\d.]+/g).map(Number);
  const light = text => { const [r, g, b] = parts(text).map(v => v / 255)
      .map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b; };
  const behind = node => { for (; node; node = node.parentElement) {
      const colour = getComputedStyle(node).backgroundColor;
      if ((parts(colour)[3] ?? 1) > .99) return colour; }
    return "rgb(255, 255, 255)"; };
  const low = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let seen = 0;
  while (walk.nextNode()) {
    const text = walk.currentNode, node = text.parentElement, style = getComputedStyle(node);
    if (!text.data.trim() || !node.checkVisibility() || node.closest("svg") || style.fontSize === "0px") continue;
    const [a, b] = [light(style.color), light(behind(node))].sort((x, y) => y - x);
    seen += 1;
    if ((a + .05) / (b + .05) < 4.5) low.push([text.data.trim(), style.color, behind(node)]);
  }
  return {seen, low};
}"""


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A graded submission full of payloads, and the course's configuration."""
    root = tmp_path_factory.mktemp("course")
    config = school.make(root)
    school.hand_in(root, "ann")
    with pytest.MonkeyPatch.context() as patch:
        school.fake_engine(patch)
        school.grade(config)
        patch.delenv(settings.STOCK, raising=False)
        settings.use(config)
    notebook = school.autograded(root, "ann")
    notebook.cells.insert(
        0, nbformat.v4.new_markdown_cell("# Assignment\n\n### Skipped a level\n\n## Two")
    )
    notebook.cells += [nbformat.v4.new_markdown_cell(payload) for payload in PAYLOADS]
    shown = [_shown(data) for data in OUTPUTS]
    broken = {"isolated": True, "filenames": {"image/png": f"x' onerror='{HIT}"}}
    shown.append(_shown({"text/html": PAYLOADS[0]}, metadata={"text/html": broken}))
    shown.append(
        nbformat.v4.new_output("error", ename="E", evalue=PAYLOADS[0], traceback=[PAYLOADS[1]])
    )
    shown.append(nbformat.v4.new_output("stream", text=PAYLOADS[0]))
    check = next(c for c in notebook.cells if c.get("id") == "check-double")
    check.outputs.append(_shown({SCORE_JSON: TABLE, **score_picture(TABLE)._repr_mimebundle_()}))
    notebook.cells.append(nbformat.v4.new_code_cell("1", outputs=shown))
    notebook.cells.append(
        nbformat.v4.new_raw_cell(PAYLOADS[0], metadata={"raw_mimetype": "text/html"})
    )
    path = root / "autograded" / "ann" / school.ASSIGNMENT / f"{school.NOTEBOOK}.ipynb"
    path.chmod(0o644)
    nbformat.write(notebook, path)
    return root, config, path


def _shown(data, **more):
    return nbformat.v4.new_output("display_data", data=data, **more)


@pytest.fixture(scope="module")
def feedback(course):
    """The page that nbgrader's own step makes for the learner, made by formgrader's button."""
    root, config, _ = course
    api = NbGraderAPI(CourseDirectory(config=config), config=config)
    done = api.generate_feedback(school.ASSIGNMENT, "ann", force=True)
    assert done["success"], done
    return (root / "feedback" / "ann" / school.ASSIGNMENT / f"{school.NOTEBOOK}.html").read_text()


@pytest.fixture(scope="module")
def formgrade(course):
    """The page on which an instructor grades by hand, without the scripts of its own, which are links to a server."""
    _, config, path = course
    config = config.copy()
    config.HTMLExporter.template_name = "formgrade"
    config.HTMLExporter.extra_template_basedirs = [handlers.template_path]
    names = (
        "assignment_id",
        "notebook_id",
        "submission_id",
        "student",
        "last_name",
        "first_name",
        "notebook_path",
    )
    resources = dict.fromkeys(names, "x") | {"index": 0, "total": 1, "base_url": ""}
    return HTMLExporter(config=config).from_filename(str(path), resources=resources)[0]


@pytest.fixture
def visit(browser, tmp_path):
    """Open HTML, click on every link and button, and return how often a script ran and what was asked for."""
    context = browser.new_context()

    def opened(html):
        page, asked = context.new_page(), []
        page.on("request", lambda request: asked.append(request.url))
        (tmp_path / "page.html").write_text(html)
        page.goto(f"file://{tmp_path}/page.html")
        for link in page.query_selector_all("#notebook a, #notebook button, #notebook summary"):
            link.evaluate("element => element.click()")
        hits = page.evaluate("new Promise(done => setTimeout(() => done(window.hit || 0)))")
        return hits, [url for url in asked if "thief" in url], page

    yield opened
    context.close()


def test_the_payloads_are_live(visit):
    """Unprotected, in a plain page, these payloads run and call home: the tests below prove something."""
    live = [
        p for p in PAYLOADS if not any(word in p for word in ("<meta", "<base", "<form", "<!--"))
    ]
    hits, asked, _ = visit(f'<html><body><div id="notebook">{"".join(live)}</div></body></html>')

    assert hits >= 7
    assert len(asked) >= 3


@pytest.mark.parametrize("policy", [True, False])
def test_feedback_runs_nothing_of_a_submission(feedback, visit, policy):
    """Neither in Markdown nor in outputs; the cleaning does without the browser's policy, too."""
    page = feedback if policy else feedback.replace("Content-Security-Policy", "x-nothing")
    hits, asked, opened = visit(page)

    assert (hits, asked) == (0, [])
    assert opened.url.startswith("file:")
    assert opened.query_selector_all("script, iframe, object, form, link, base") == []


def test_the_policy_does_without_the_cleaning(feedback, visit):
    """Should a payload get past the cleaning, the browser refuses it."""
    head = feedback.partition("</head>")[0]
    live = [p for p in PAYLOADS if not any(word in p for word in ("<meta", "<base", "<!--"))]
    hits, _, _ = visit(f'{head}</head><body><div id="notebook">{"".join(live)}</div></body></html>')

    assert hits == 0


def test_formgrader_runs_nothing_of_a_submission(formgrade, visit):
    """The instructor's page is open in the instructor's own session."""
    hits, asked, _ = visit(formgrade)

    assert (hits, asked) == (0, [])


def test_feedback_can_be_read_by_everybody(feedback, visit):
    """A language, headings without a gap, one of the first level, and text that stands out from its background."""
    _, _, page = visit(feedback)
    levels = [
        int(h.evaluate("h => h.tagName[1]")) for h in page.query_selector_all("h1,h2,h3,h4,h5,h6")
    ]
    found = page.evaluate(CONTRAST)

    assert feedback.count("<body") == 1
    assert page.evaluate("document.documentElement.lang") == "en"
    assert levels == [1, 2, 3, 3]
    assert len(page.query_selector_all("main, #notebook")) == 2
    assert page.title() == school.NOTEBOOK
    assert found["seen"] > 100
    assert found["low"] == []


def test_feedback_says_what_was_found_expected_and_why(feedback, visit):
    """Per point, in words and not by colour; of a check's own source no hidden line, of an error no frame."""
    _, _, page = visit(feedback)
    text = page.inner_text("main")

    assert "missed" in text and "0 of 2" in text
    for field in ("found: <b>43</b>", "expected: 42", "why it matters: twice a number is even"):
        assert field in text
    assert "Test cell check-double" in text
    assert "4711" not in text and "HIDDEN" not in text
    assert "E: <script>" in text
